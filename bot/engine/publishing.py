"""What the public is told of an incident: at the status page, or by hand where there is none.

Before: `/filmops incident publish`. After: the status page, then the store, which keeps the
post's id with a line in the timeline. Dying in between loses no post: it is looked for by the
incident's name before another is opened.
"""

from __future__ import annotations

from bot.domain.afterwards import STATUS_PAGE as PAGE
from bot.domain.audit import Entry
from bot.domain.incident import Happening, Incident
from bot.domain.incident_report import STATUS_PAGE
from bot.domain.message import Message
from bot.domain.post import Post, PostStatus, Words, impact
from bot.domain.reasons import Reason
from bot.domain.timeline import named, quoted
from bot.engine.afterwards import seen_done
from bot.engine.incidents import existing
from bot.engine.world import World
from bot.errors import OperationFailed, Refused
from bot.ports import StatusPage, ThreadNote

_GONE = "404"


async def publish(world: World, incident_id: int, by: str, status: PostStatus, text: str) -> str:
    """Say it in public, and what came of it. Raises Refused for a drill or an unknown number,
    Temporary and OperationFailed as the status page: nothing is written down then.
    """
    incident = await existing(world, incident_id)
    if incident.is_drill:
        raise Refused(
            f"{incident.name} is a drill: the public is told nothing of it.",
            code=Reason.NOTHING_TO_DO,
        )
    said = await _publish(world, incident, by, status, text)
    # After a rollback of its service, this is one of the things left to do.
    await seen_done(world, incident.service, PAGE, f"{incident.name} was published as {status}")
    return said


async def _publish(world: World, incident: Incident, by: str, status: PostStatus, text: str) -> str:
    page = world.status_page
    if page is None:
        return await _by_hand(world, incident, by, status, text)
    words = _words(world, incident, status, text)
    post = await _say(world, page, incident, words)
    await world.store.posts.keep(
        incident.id,
        Post(id=post, status=status),
        happening=_line(
            world, by, f"{named(by)} published at the status page: {status}: {quoted(text)}"
        ),
        entry=_entry(by, incident, status, post=post),
    )
    return f"{incident.name} stands at the status page as {status}. The timeline has your words."


async def remind_to_publish(world: World) -> int:
    """In the thread of each resolved incident whose post does not say so; how many notes."""
    now, asked = world.clock.now(), 0
    for number in await world.store.posts.outlived():
        name = f"I{number}"
        text = (
            f"{name} is resolved, and the status page does not say so yet: "
            f"/filmops incident publish {name} resolved …"
        )
        note = ThreadNote(key=f"{name}:publish", subject=name, message=Message(text=text))
        asked += await world.store.cards.note(note, now)
    return asked


async def _say(world: World, page: StatusPage, incident: Incident, words: Words) -> str:
    """In the incident's post, or in a new one when there is none (any more); its id."""
    known = await world.store.posts.of(incident.id)
    if known is not None:
        try:
            await page.update(known.id, words)
        except OperationFailed as refusal:
            if refusal.code != _GONE:
                raise
        else:
            return known.id
    lost = await page.find(words.incident)
    if lost is None:
        return await page.open(words)
    await page.update(lost, words)
    return lost


async def _by_hand(world: World, incident: Incident, by: str, status: PostStatus, text: str) -> str:
    told = f"{named(by)} has the status page to update by hand: {status}: {quoted(text)}"
    await world.store.incidents.tell(
        incident.id, _line(world, by, told), _entry(by, incident, status, by_hand=True)
    )
    return (
        f"Update the status page by hand: {status}: {text}\n"
        f"(FilmOps has no status page to write to.) It is ticked in the timeline of "
        f"{incident.name}."
    )


def _words(world: World, incident: Incident, status: PostStatus, text: str) -> Words:
    """The title is the service's: an incident's own may hold what is nobody else's business."""
    service = world.topology.services.get(incident.service)
    return Words(
        incident=incident.name,
        title=f"Problem with {service.title if service else world.topology.studio.name}",
        status=status,
        text=text,
        impact=impact(incident.severity),
        component=world.topology.statuspage.components.get(incident.service, ""),
    )


def _line(world: World, by: str, text: str) -> Happening:
    return Happening(at=world.clock.now(), kind=STATUS_PAGE, actor=by, text=text)


def _entry(by: str, incident: Incident, status: PostStatus, **detail: object) -> Entry:
    return Entry(
        actor=by,
        action="incident_published",
        subject=incident.name,
        detail={"status": status, **detail},
    )
