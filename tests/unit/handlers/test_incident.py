"""Incidents, typed and clicked: declared, taken, told, rated, given, escalated, snoozed, ended."""

from __future__ import annotations

from datetime import timedelta

import pytest

from blocks import ids
from bot.domain.incident import Incident, IncidentState, Source, Why
from bot.domain.message import Message, View
from bot.domain.request import RequestState
from bot.engine.dispatch import Asked, Blocked
from bot.engine.opening import Report, report
from bot.errors import Refused, UserError
from bot.topology import Severity
from handlers import ACTIONS
from tests.stage import ANA, BEN, CHLOE, EVE, NOBODY, Stage, codes, said
from tests.unit.blocks.seeing import buttons, good, good_view, read

pytestmark = pytest.mark.unit

DECLARE = "incident declare P1 backend login fails for everybody"


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def told(stage: Stage, text: str, who: str = BEN) -> str:
    """What somebody is answered, which Slack would take."""
    answer = await stage.type(text, who)
    assert isinstance(answer, Message), answer
    return read(good(answer))


async def incident(stage: Stage, number: int = 1) -> Incident:
    found = await stage.world.store.incidents.get(number)
    assert found is not None
    return found


async def lines(stage: Stage, number: int = 1) -> list[str]:
    return [line.text for line in await stage.world.store.incidents.timeline(number)]


async def card(stage: Stage, number: int = 1) -> Message:
    """The card as Slack has it."""
    for _ in range(3):
        await stage.publisher.publish()
        stage.clock.advance(2)
    name = f"I{number}"
    shown = stage.chat.messages("ops-alerts")
    found = [m for m in shown if name in m.message.text.split()[:2]]
    return good(found[0].message)


async def clicked(
    stage: Stage, action: str, who: str = BEN, value: str = "1", **values: str
) -> object:
    click = stage.click(action, value, who)
    if values:
        fields = {getattr(ids, name): text for name, text in values.items()}
        click = stage.click(action, value, who, **fields)
    return await ACTIONS[action](stage.counter, click)


# --- declare ---------------------------------------------------------------------------------


async def test_one_line_opens_an_incident_and_level_one_is_paged(stage: Stage) -> None:
    words = await told(stage, DECLARE)
    assert words == (
        "I1 is open as P1. Its card is in #ops-alerts. Level 1 (On-call engineer) is paged at once."
    )
    one = await incident(stage)
    assert (one.title, one.severity, one.service) == (
        "login fails for everybody",
        Severity.P1,
        "backend",
    )
    assert (one.opened_by, one.source) == (BEN, Source.HAND)
    await stage.escalate()
    (page,) = stage.pager.pages
    assert page.summary == "[P1] I1 login fails for everybody"
    shown = read(await card(stage))
    assert shown.startswith("P1 I1 OPEN: login fails for everybody")
    assert "Level 2 (Engineering lead) is paged if nobody acknowledges: due" in shown
    assert await stage.actions() == ["command", "incident_opened"]


@pytest.mark.parametrize(
    ("typed", "severity", "service", "title"),
    [
        ("the site is down", "P2", "", "the site is down"),
        ("backend p3: it is slow", "P3", "backend", "it is slow"),
        ("P1 P2 was it once", "P1", "", "P2 was it once"),
        ("it is backend P1", "P2", "", "it is backend P1"),
        ("slow --severity p4 --service backend --owner @ana", "P4", "backend", "slow"),
    ],
)
async def test_severity_and_service_may_be_said_or_left_out(
    stage: Stage, typed: str, severity: str, service: str, title: str
) -> None:
    await told(stage, f"incident declare {typed}")
    one = await incident(stage)
    assert (str(one.severity), one.service, one.title) == (severity, service, title)
    assert one.owner == (ANA if "--owner" in typed else "")


async def test_the_same_words_again_are_counted_and_page_nobody_twice(stage: Stage) -> None:
    await told(stage, DECLARE)
    again = await told(stage, DECLARE.replace("login", "Login"), CHLOE)
    assert again.startswith("I1 is open for these very words already; it has 2 alerts now.")
    await stage.escalate()
    assert len(stage.pager.pages) == 1


async def test_one_that_pages_nobody_says_so(stage: Stage) -> None:
    assert "P4 pages nobody." in await told(stage, "incident declare P4 a typo")


@pytest.mark.parametrize("words", ["P1", "P1 backend", "--service backend"])
async def test_words_without_a_title_are_a_mistake(stage: Stage, words: str) -> None:
    with pytest.raises(UserError, match="Say in a few words what is wrong"):
        await stage.type(f"incident declare {words}")


async def test_without_words_a_dialog_asks_and_declares_as_the_command_does(stage: Stage) -> None:
    view = await stage.type("incident declare")
    assert isinstance(view, View)
    words = read(good_view(view))
    assert "P1: production is down" in words
    assert "Ana Okafor (ana)" in words
    sent = await clicked(
        stage,
        ids.DECLARE_MODAL,
        DECLARE_SEVERITY="P1",
        DECLARE_SERVICE="backend",
        DECLARE_TITLE="P3 was not enough",
        DECLARE_OWNER=ANA,
    )
    assert said(sent).startswith("I1 is open as P1.")
    one = await incident(stage)
    assert (one.service, one.owner, one.title) == ("backend", ANA, "was not enough")
    assert (await stage.actions())[-2:] == ["form", "incident_opened"]


async def test_who_may_only_read_declares_nothing(stage: Stage) -> None:
    for who in (EVE, NOBODY):
        answer = await stage.type(DECLARE, who)
        assert isinstance(answer, Blocked)
    assert await stage.world.store.incidents.unresolved() == ()
    assert "no open incident" in await told(stage, "incident list", EVE)


# --- what people type must not call anybody -----------------------------------------------------


async def test_typed_calls_are_letters_and_the_engines_own_mention_people(stage: Stage) -> None:
    await told(stage, "incident declare <!channel> <@U0CHLOE|chloe> look")
    await told(stage, "incident note I1 <<@U0DANA> <@U0CHLOE> *hey* <!here>")
    shown = await card(stage)
    assert "<@U0CHLOE>" not in str(shown)
    ts = stage.chat.messages("ops-alerts")[0].ts
    opened, noted = await stage.thread(ts)
    assert opened == "Opened as P2: &lt;!channel&gt; @chloe look"
    assert noted.startswith("<@U0BEN>: ")
    assert "<@U0DANA" not in noted
    assert "<!" not in noted
    assert "<@U0CHLOE" not in noted


# --- list and show ---------------------------------------------------------------------------


async def test_the_list_has_the_worst_first_and_what_comes_next(stage: Stage) -> None:
    await told(stage, "incident declare P3 slow")
    await told(stage, DECLARE)
    await told(stage, "incident declare P4 typo")
    await told(stage, "incident resolve I3")
    stage.clock.advance(120)
    words = await told(stage, "incident list", EVE)
    assert words.startswith("2 open incidents\n*P1 I2 OPEN: login fails for everybody*")
    assert "2 min old, on backend, who has it: nobody" in words
    assert words.index("P3 I1") > words.index("P1 I2")
    assert "I3" not in words
    everything = await told(stage, "incident list --all", EVE)
    assert everything.startswith("3 recent incidents\n*P4 I3 RESOLVED: typo*")


async def test_show_has_the_whole_story(stage: Stage) -> None:
    await told(stage, DECLARE)
    await stage.escalate()
    await told(stage, "incident ack I1 on my way")
    words = await told(stage, "incident show I1", EVE)
    assert "*Climb 1* (opened)" in words
    assert "Acknowledged by <@U0BEN> (Slack). on my way" in words
    with pytest.raises(Refused, match="There is no incident I77"):
        await stage.type("incident show I77")


# --- ack, note, assign -----------------------------------------------------------------------


async def test_ack_stops_the_ladder_and_says_until_when(stage: Stage) -> None:
    await told(stage, DECLARE)
    await stage.escalate()
    words = await told(stage, "incident ack I1")
    assert words.startswith("You have I1 until 2026-03-01 03:30 UTC.")
    stage.clock.advance(20 * 60)
    await stage.escalate()
    assert len(stage.pager.pages) == 1
    with pytest.raises(Refused, match="I1 was acknowledged by <@U0BEN> at 03:00:00 UTC"):
        await stage.type("incident ack I1", CHLOE)


async def test_ack_again_prolongs_the_promise_also_after_the_question(stage: Stage) -> None:
    await told(stage, DECLARE)
    await told(stage, "incident ack I1")
    stage.clock.advance(31 * 60)
    await stage.escalate()
    assert (await incident(stage)).resume_why is Why.SILENCE
    assert ids.INCIDENT_ACK in buttons(await card(stage))
    again = said(await clicked(stage, ids.INCIDENT_ACK))
    assert again.startswith("You have I1 until 2026-03-01 04:01 UTC.")
    assert (await incident(stage)).resume_why is Why.PROMISE
    stage.clock.advance(11 * 60)
    await stage.escalate()
    assert (await incident(stage)).state is IncidentState.ACKNOWLEDGED


async def test_a_word_with_the_second_ack_is_in_the_timeline(stage: Stage) -> None:
    await told(stage, DECLARE)
    await told(stage, "incident ack I1")
    await told(stage, "incident ack I1 still restarting")
    assert (await lines(stage))[-1] == "<@U0BEN>: still restarting"


async def test_a_note_is_in_the_timeline_and_prolongs_the_promise(stage: Stage) -> None:
    await told(stage, DECLARE)
    await told(stage, "incident ack I1")
    stage.clock.advance(600)
    assert await told(stage, "incident note I1 certificate expired", CHLOE) == (
        "It is in the timeline of I1 and in its thread."
    )
    assert (await lines(stage))[-1] == "<@U0CHLOE>: certificate expired"
    assert (await incident(stage)).resume_at == stage.clock.now() + timedelta(minutes=30)


async def test_assigning_names_the_owner_and_stops_no_page(stage: Stage) -> None:
    await told(stage, DECLARE)
    words = await told(stage, "incident assign I1 <@U0CHLOE|chloe>")
    assert words.startswith("I1 is <@U0CHLOE>'s now. Nobody has acknowledged it")
    assert (await incident(stage)).owner == CHLOE
    await told(stage, "incident ack I1", ANA)
    assert await told(stage, "incident assign I1 dana") == "I1 is <@U0DANA>'s now."


# --- severity, escalate, snooze, resolve --------------------------------------------------------


async def test_another_severity_is_another_ladder(stage: Stage) -> None:
    await told(stage, "incident declare P3 backend slow")
    words = await told(stage, "incident severity I1 p1")
    assert words == "I1 is P1 (production is down) now; its ladder counts from its beginning."
    with pytest.raises(Refused, match="I1 is P1 already"):
        await stage.type("incident severity I1 P1")
    with pytest.raises(UserError):
        await stage.type("incident severity I1 P9")


async def test_escalate_pages_the_next_level_at_once(stage: Stage) -> None:
    await told(stage, DECLARE)
    await stage.escalate()
    words = await told(stage, "incident escalate I1")
    assert words.startswith("Level 2 (Engineering lead) is paged now for I1")
    await stage.escalate()
    assert [page.level for page in stage.pager.pages] == [1, 2]
    await told(stage, "incident escalate I1")
    await stage.escalate()
    with pytest.raises(Refused, match="no further level"):
        await stage.type("incident escalate I1")


async def test_a_snooze_needs_a_reason_and_ends(stage: Stage) -> None:
    await told(stage, DECLARE)
    with pytest.raises(UserError, match="needs REASON"):
        await stage.type("incident snooze I1 30m")
    words = await told(stage, "incident snooze I1 30m AWS is on it")
    assert words.startswith("I1 is quiet until 2026-03-01 03:30 UTC.")
    await stage.escalate()
    assert stage.pager.pages == []
    assert "*Snoozed* until" in read(await card(stage))
    stage.clock.advance(30 * 60)
    await stage.escalate()
    assert [page.level for page in stage.pager.pages] == [1]


async def test_resolve_ends_it_once(stage: Stage) -> None:
    await told(stage, DECLARE)
    words = await told(stage, "incident resolve I1 rolled back")
    assert words == "I1 is resolved, and so are its pages at PagerDuty."
    assert buttons(await card(stage)) == {}
    with pytest.raises(Refused, match="was resolved by <@U0BEN>"):
        await stage.type("incident resolve I1")
    with pytest.raises(Refused, match="was resolved by <@U0BEN>"):
        await stage.type("incident snooze I1 1h because")


# --- buttons ---------------------------------------------------------------------------------


async def test_the_cards_buttons_are_the_commands(stage: Stage) -> None:
    await told(stage, DECLARE)
    await stage.escalate()
    assert "Level 2" in said(await clicked(stage, ids.INCIDENT_ESCALATE))
    assert said(await clicked(stage, ids.INCIDENT_ACK)).startswith("You have I1")
    assert said(await clicked(stage, ids.INCIDENT_RESOLVE)).startswith("I1 is resolved")
    denied = await clicked(stage, ids.INCIDENT_ACK, EVE)
    assert isinstance(denied, Blocked)
    assert codes(denied) == ["not_permitted"]


async def test_the_note_dialog_knows_its_incident(stage: Stage) -> None:
    await told(stage, DECLARE)
    view = await clicked(stage, ids.INCIDENT_NOTE)
    assert isinstance(view, View)
    assert good_view(view).payload["private_metadata"] == "1"
    await clicked(stage, ids.NOTE_MODAL, NOTE_TEXT="half of them are back")
    assert (await lines(stage))[-1] == "<@U0BEN>: half of them are back"
    with pytest.raises(Refused):
        await clicked(stage, ids.INCIDENT_NOTE, value="77")


async def test_the_rollback_button_asks_as_the_command_does(stage: Stage) -> None:
    await told(stage, DECLARE)
    asked = await clicked(stage, ids.INCIDENT_ROLLBACK)
    assert isinstance(asked, Asked)
    assert asked.request.state is RequestState.PLANNED
    assert asked.request.plan.resource == "service/backend"
    assert asked.request.reason == "I1: login fails for everybody"
    assert "R1 rollback waits for approval" in read(await card(stage))


async def test_without_a_service_there_is_nothing_to_roll_back(stage: Stage) -> None:
    await told(stage, "incident declare odd")
    with pytest.raises(Refused, match="not known which service"):
        await clicked(stage, ids.INCIDENT_ROLLBACK)


async def test_a_storm_is_acknowledged_as_a_whole(stage: Stage) -> None:
    for number in range(5):
        await report(
            stage.world,
            Report(
                title=f"alarm {number}",
                severity=Severity.P2,
                source=Source.CLOUDWATCH,
                fingerprint=f"alarm:{number}",
                by="CloudWatch",
                service="backend",
            ),
        )
    storm = next(i for i in await stage.world.store.incidents.unresolved() if i.children)
    assert "Acknowledge all" in str((await card(stage, storm.id)).blocks)
    listed = await told(stage, "incident list")
    assert listed.startswith("1 open incident\n")
    assert f"{storm.children} incidents in this storm" in listed
    words = said(await clicked(stage, ids.INCIDENT_ACK, value=str(storm.id)))
    assert f"and the {storm.children} incidents in it" in words
    states = {i.state for i in await stage.world.store.incidents.unresolved()}
    assert states == {IncidentState.ACKNOWLEDGED}


# --- home and status -------------------------------------------------------------------------


async def test_home_and_status_have_ours_beside_what_pagerduty_has_alone(stage: Stage) -> None:
    await told(stage, DECLARE)
    await stage.escalate()
    await stage.world.pager.page(key="theirs", level=2, summary="Not ours", detail={})
    home = await ACTIONS["app_home_opened"](stage.counter, stage.click("app_home_opened"))
    words = read(good_view(home.view))  # type: ignore[union-attr]  # it is a Home
    assert "P1 I1 OPEN: login fails for everybody, since" in words
    assert "*Open at PagerDuty alone*" in words
    assert "Not ours" in words
    assert "[P1] I1" not in words
    status = await told(stage, "status")
    assert "P1 I1 is open: login fails for everybody" in status
    assert "1 incident is open in PagerDuty alone." in status
    assert said(await clicked(stage, ids.HOME_INCIDENT)).startswith("P1 I1 OPEN")
    assert said(await clicked(stage, ids.HOME_ACK)).startswith("You have I1")
    assert isinstance(await clicked(stage, ids.HOME_DECLARE), View)
