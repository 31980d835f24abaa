"""The answer to `/filmops releases`: what runs, the last good version, and what the registry has.

Before: `bot.engine.releases` reads all parts at once. After: the Slack adapter. A part that could
not be read says so in its place.
"""

from __future__ import annotations

from collections.abc import Sequence

from blocks.elements import Block, bullets, context, header, section
from blocks.status_service import ICONS, unread
from blocks.text import count, cut, inline, moment, percent
from bot.domain.attention import differing, shares
from bot.domain.live import Missing, Route
from bot.domain.message import Message
from bot.domain.release import Image
from bot.domain.releases import (
    Outcome,
    ReleasesView,
    Running,
    Try,
    last_good,
    last_try,
    runs,
    tries,
)
from bot.topology import Colour, Service

_IN_SECTION = 5
_DIGEST = len("sha256:") + 12
_OUTCOMES = {
    Outcome.DEPLOYED: "✅ deployed",
    Outcome.ROLLED_BACK: "↩️ rolled back",
    Outcome.FAILED: "❌ failed",
    Outcome.ABORTED: "⛔ aborted",
}


def releases(service: Service, view: ReleasesView) -> Message:
    """Colours and staging first, then the last good version, then the registry's newest."""
    running = [f"{colour} {_colour(colour, view.running)}" for colour in Colour]
    about = f"Releases of {inline(service.title, 100)}: {'; '.join(running)}."
    return Message(
        text=cut(f"{about} Last good: {inline(_last_good(view) or 'not known', 60)}.", 3000),
        blocks=(
            header(f"Releases of {service.title}"),
            section(
                "\n".join(
                    [
                        *(f"{ICONS[c]} *{c}* {_colour(c, view.running)}" for c in Colour),
                        *_warning(view.running),
                        *_staging(view),
                        f"*Last good:* {_good(view)}",
                    ]
                )
            ),
            *_registry(view),
            context("Everything about a run: `/filmops show R42`."),
        ),
    )


def _colour(colour: Colour, running: Running) -> str:
    tasks = running.colours[colour]
    version = unread(tasks) if isinstance(tasks, Missing) else inline(tasks.version, 60)
    count_of = "" if isinstance(tasks, Missing) else f" ({count(tasks.running, 'task')})"
    if isinstance(running.routes, Missing):
        return f"{version}{count_of}, its traffic {unread(running.routes)}"
    main = _main(running.routes)
    share = percent(shares(main)[colour]) if main is not None else "none"
    return f"{version}{count_of}, {share} of the traffic"


def _main(routes: Sequence[Route]) -> Route | None:
    return next((r for r in routes if r.is_default), routes[0] if routes else None)


def _warning(running: Running) -> list[str]:
    odd = () if isinstance(running.routes, Missing) else differing(running.routes)
    return (
        [f"⚠️ {count(len(odd), 'route differs', 'routes differ')}: `/filmops status`"] if odd else []
    )


def _staging(view: ReleasesView) -> list[str]:
    if view.staging is None:
        return []
    key, running = view.staging
    each = [f"{colour} {_colour(colour, running)}" for colour in Colour]
    serving = running.serving
    words = f"serves {inline(serving.version, 60)}" if serving is not None else "; ".join(each)
    return [f"*Staging* ({inline(key, 80)}) {words}"]


def _good(view: ReleasesView) -> str:
    if isinstance(view.changes, Missing):
        return f"not known, the change log {unread(view.changes)}"
    found = _last_good(view)
    if found is None:
        return "not known: nothing was deployed by FilmOps, and no colour has all the traffic"
    tried = last_try(found, tries(view.changes))
    return f"*{inline(found, 60)}*, {_tried(tried) if tried else 'which serves now'}"


def _last_good(view: ReleasesView) -> str | None:
    serving = view.running.serving
    if isinstance(view.changes, Missing):
        return None
    return last_good(view.changes, serving.version if serving is not None else None)


def _registry(view: ReleasesView) -> list[Block]:
    title = "*In the registry, newest first*"
    if isinstance(view.images, Missing):
        return [section(f"{title}\nThe registry {unread(view.images)}")]
    if not view.images:
        return [section(f"{title}\nNo image with a tag.")]
    lines = [_image(image, view) for image in view.images]
    starts = range(0, len(lines), _IN_SECTION)
    return [bullets("" if at else title, lines[at : at + _IN_SECTION]) for at in starts]


def _image(image: Image, view: ReleasesView) -> str:
    known = () if isinstance(view.changes, Missing) else tries(view.changes)
    tried = last_try(image.tag, known)
    notes = [
        *(f"on {colour}" for colour in Colour if runs(view.running.colours[colour], image)),
        *_on_staging(view, image),
        *([_tried(tried)] if tried is not None else []),
    ]
    words = "".join(f", {note}" for note in notes)
    digest = inline(image.digest[:_DIGEST], 40).replace("`", "")
    return f"*{inline(image.tag, 60)}* pushed {moment(image.pushed_at)}, `{digest}`{words}"


def _on_staging(view: ReleasesView, image: Image) -> list[str]:
    return ["on staging"] if view.staging and runs(view.staging[1].serving, image) else []


def _tried(one: Try) -> str:
    return f"{_OUTCOMES[one.outcome]} {moment(one.at)} by R{one.run}"
