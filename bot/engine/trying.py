"""Asking the product whether it is the release it should be, and works.

Before: a step after traffic moved, or one that tries the idle colour by its own address. After: the
probe. A sentence says what is wrong; none means that all answered as expected.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from bot.domain.live import UNTAGGED, ProbeResult
from bot.engine.step import Back, Hold, Outcome, Wait, Work
from bot.engine.world import World
from bot.topology import Colour, Flow, Service

LOOKS = 15
"""How often something is looked at before a person is asked."""

BETWEEN_LOOKS = 2.0

FIRST_WAIT, LONGEST_WAIT = 0.5, 15.0
"""Seconds between two looks at something that takes minutes."""


async def wrong_with(
    world: World,
    service: Service,
    version: str,
    *,
    flows: Sequence[Flow],
    colour: Colour | None = None,
) -> str:
    """What is wrong with the product, or with one colour of it; empty when nothing is."""
    probe = world.probe
    wrong = _wrong_version(await probe.get(service, service.version_path, colour), version)
    if wrong:
        return wrong
    health = await probe.get(service, service.health_path, colour)
    if not health.ok:
        return f"{service.health_path} says {_answer(health)}"
    for flow in flows:
        result = await probe.flow(service, flow, colour)
        if not result.ok:
            return f"{flow.name} says {_answer(result)}"
    return ""


def fine(service: Service, version: str, flows: Sequence[Flow]) -> str:
    """The sentence when nothing is wrong."""
    working = "".join(f", {flow.name} works" for flow in flows)
    return f"{service.version_path} says {version}, {service.health_path} is fine{working}."


def look_again(work: Work, said: str, *, then: type[Hold | Back] = Hold) -> Outcome:
    """Wait and look once more; looked at often enough, `then`: hold, or turn round."""
    seen = int(work.progress.get("looks", 0)) + 1
    if seen >= LOOKS:
        return then(said=f"{said} ({seen} looks).")
    return Wait(seconds=BETWEEN_LOOKS, progress={"looks": seen, "said": said})


def wait_on(work: Work, said: str, seconds: float, **more: int) -> Outcome:
    """Wait for what takes minutes, seldomer the longer it takes; after `seconds` hold.

    Faults before a look that was answered are not in a row with those after it.
    """
    if over(work, seconds):
        return Hold(said=f"{said} That takes longer than {seconds:g} s.")
    looks = int(work.progress.get("looks", 0)) + 1
    pause = min(LONGEST_WAIT, FIRST_WAIT * 1.3**looks)
    kept = {name: value for name, value in work.progress.items() if name != "faults"}
    return Wait(seconds=pause, progress={**kept, "looks": looks, "said": said, **more})


def over(work: Work, seconds: float) -> bool:
    """Whether the step has taken longer than that."""
    return (work.now - work.started_at).total_seconds() > seconds


def _wrong_version(result: ProbeResult, expected: str) -> str:
    """What is wrong with an answer of the version path; empty when nothing is.

    A product that answers in another form than JSON with "version" cannot be compared.
    """
    if not result.ok:
        return f"the version path says {_answer(result)}"
    try:
        found = json.loads(result.body).get("version", expected)
    except (ValueError, AttributeError):
        return ""
    return "" if expected in (found, UNTAGGED) else f"{found} answers, not {expected}"


def _answer(result: ProbeResult) -> str:
    return result.error or f"HTTP {result.status}"
