"""A deployment as people do it in the studio: asked for, ticked in the dialog, approved.

Before: the plant as a healthy production. After: the stories of tests/scenario/test_deploy*.py,
each told by what people see and by what AWS was asked to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from blocks import ids
from bot.domain.run import Step, StepState
from tests.scenario.outside import words
from tests.scenario.studio import Studio, until

OLD, NEW = "v1.4.2", "v1.4.3"
SPEED = 8.0
"""How much faster than in the sandbox ECS, RDS and one-off tasks are."""

CUSTOMERS = 1000
"""A second: so many that 6 % errors are 6 % in each of them, and a canary's 5 % are enough."""

SOON = {"watch_minutes": 2, "monitor_minutes": 3, "trigger_minutes": 2, "blind_minutes": 2}
"""Periods of a second, for a story in which the watch is not the point."""

RUNBOOK = {"watch_minutes": 5, "monitor_minutes": 6, "trigger_minutes": 5, "blind_minutes": 5}
"""As many periods as the runbook has minutes for a breach: here of a second each."""

MOVES = ("ModifyListener", "ModifyRule")
"""What moves traffic once: production's listener and the rule below it."""

_DEPLOYS = ("RegisterTaskDefinition", "UpdateService")
_BEGUN = (StepState.RUNNING, StepState.WAITING)


class Deployment:
    """One studio's. Production is well on blue with v1.4.2; green has v1.4.1: whoever takes the
    fixture of that name has AWS put back to its healthy scenario.
    """

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.aws = studio.outside.aws

    async def ready(self, **character: Any) -> None:
        """v1.4.3 is pushed, `character` what it is like, and staging runs it."""
        await self.aws.tell("speed", factor=SPEED)
        await self.aws.tell("customers", requests_per_second=CUSTOMERS)
        await self.aws.tell("release", service="backend", version=NEW, **character)
        await self.aws.tell("colour", service="backend-staging", colour="blue", version=NEW)

    # -- people

    async def asks(self, text: str, who: str = "U0ANA", request: int = 1) -> str:
        """Ask and wait for the card; all it says."""
        answer = await self.studio.types(who, text)
        assert "is waiting in" in answer, answer
        return await self.studio.card_says("waiting for", request=request)

    async def ticks(self, who: str = "U0BEN", request: int = 1) -> None:
        """Tick every box of the dialog and send it off."""
        await self.studio.press(who, ids.CHECKLIST, request)
        view = await self.studio.modal(who)
        values: dict[str, Any] = {}
        for block in view["blocks"]:
            element = block.get("element", {})
            if element.get("type") == "checkboxes":
                values[element["action_id"]] = [o["value"] for o in element["options"]]
        sent = {"user": who, "view_id": view["id"], "values": values}
        await self.studio.outside.slack.tell("act/submit", **sent)
        await self.studio.answer(who)

        async def ticked() -> bool:
            return "☐ open" not in words(await self.studio.card(request))

        await until(ticked, "all boxes ticked")

    async def starts(self, options: str = "--schema none", request: int = 1) -> str:
        """Ana asks, Ben ticks and approves; the card as he saw it."""
        text = f"/filmops deploy backend {NEW} {options}".rstrip()
        planned = await self.asks(text, request=request)
        await self.ticks(request=request)
        approved = await self.studio.clicks("U0BEN", ids.APPROVE, request)
        assert "Approved" in approved, approved
        return planned

    # -- where the run is, and what it has done

    async def reaches(self, name: str, request: int = 1) -> Step:
        """Wait until the run has begun the first step of that name which is not done: one that
        takes its time, for another may be over between two looks.
        """

        async def there() -> Step | None:
            run = await self.studio.app.world.store.runs.get(request)
            step = run.next_step if run is not None else None
            begun = step is not None and step.spec.name == name and step.state in _BEGUN
            return step if begun else None

        try:
            step = await until(there)
        except AssertionError:
            shown = words(await self.studio.card(request))
            raise AssertionError(f"never in {name}; the card says:\n{shown}") from None
        assert step is not None
        return step

    async def moves(self) -> list[str]:
        """Every call that moved traffic, in order: a second one of a kind is a second change."""
        return [name for name in await self.aws.changes() if name.startswith(MOVES)]

    async def deploys(self) -> list[str]:
        """Every call that registered a revision or changed an ECS service, in order."""
        return [name for name in await self.aws.changes() if name.startswith(_DEPLOYS)]

    async def logged(self) -> Mapping[str, Any]:
        """What the one entry of the change log says for programs."""
        (change,) = await self.studio.app.world.store.runs.changes()
        return change.detail

    async def frozen(self) -> list[str]:
        """Why which freezes hold."""
        held = await self.studio.app.world.store.locks.held(self.studio.clock.now())
        return [f"{lock.resource}: {lock.reason}" for lock in held]

    async def did(self) -> list[str]:
        """What FilmOps itself has put into the audit log; when it opens what is left to do after a
        rollback is another story.
        """
        told = await self.studio.told()
        return [what for who, what in told if who == "filmops" and what != "checklist"]

    async def paged(self) -> list[str]:
        """What PagerDuty was sent, once everything due was."""
        await self.studio.tick()
        await self.studio.escalate()
        return [str(line["summary"]) for line in await self.studio.outside.pagerduty.ask("ledger")]
