"""What production looks like: attention first, no data is no zero, missing hides nothing."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.status import link, status
from bot.domain.live import (
    ColourState,
    DatabaseState,
    Deployment,
    GroupState,
    Minute,
    Missing,
    OpenIncident,
    QueueState,
    Route,
    ServiceState,
    Targets,
    Tasks,
)
from bot.domain.lock import Lock, LockKind
from bot.domain.message import Message
from bot.domain.request import RequestState
from bot.domain.run import RunState
from bot.domain.view import StatusView
from bot.topology import Colour, load
from tests.unit.blocks import making as m
from tests.unit.blocks.seeing import good, read, texts, unhurried

pytestmark = pytest.mark.unit

TOPOLOGY = load(Path("filmops.toml"))
BACKEND = TOPOLOGY.services["backend"]
GONE = Missing(reason="no answer within 4 s")


def route(blue: int, green: int, **more: Any) -> Route:
    values: dict[str, Any] = {
        "arn": "arn:1",
        "listener_arn": "arn:1",
        "label": "HTTPS:443 default",
        "is_default": True,
        "weights": {Colour.BLUE: blue, Colour.GREEN: green},
        "actions": (),
    }
    return Route(**{**values, **more})


def tasks(**more: Any) -> Tasks:
    values: dict[str, Any] = {
        "desired": 4,
        "running": 4,
        "pending": 0,
        "task_definition": "arn:aws:ecs:us-east-1:1:task-definition/backend:41",
        "image": "registry/backend:v1.4.2",
        "deployments": (
            Deployment(
                id="d1",
                status="PRIMARY",
                rollout="COMPLETED",
                task_definition="backend:41",
                created_at=m.ASKED,
            ),
        ),
    }
    return Tasks(**{**values, **more})


def minutes(requests: int, errors: int, p95: float | None, number: int = 10) -> tuple[Minute, ...]:
    start = m.NOW - timedelta(minutes=13)
    return tuple(
        Minute(
            start=start + timedelta(minutes=n), requests=requests, errors=errors, p95_seconds=p95
        )
        for n in range(number)
    )


def colour(**more: Any) -> ColourState:
    values: dict[str, Any] = {
        "tasks": tasks(),
        "targets": Targets(healthy=4, unhealthy=0),
        "minutes": minutes(200, 0, 0.12),
    }
    return ColourState(**{**values, **more})


def service(**more: Any) -> ServiceState:
    values: dict[str, Any] = {
        "service": "backend",
        "read_at": m.NOW,
        "routes": (route(100, 0),),
        "colours": {Colour.BLUE: colour(), Colour.GREEN: colour(minutes=())},
    }
    return ServiceState(**{**values, **more})


DATABASE = DatabaseState(
    status="available",
    instance_class="db.r6g.large",
    engine="postgres 15.8",
    multi_az=True,
    pending={},
    latest_backup_at=m.ASKED,
    connections=42,
)
INCIDENT = OpenIncident(
    id="Q1",
    title="Error rate | high",
    status="triggered",
    urgency="high",
    service="Level 1",
    url="https://pagerduty.example/incidents/Q1",
    opened_at=m.ASKED,
    assigned_to=("Ana",),
)
FREEZE = Lock(
    kind=LockKind.FREEZE,
    resource="*",
    owner="U0CHLOE",
    reason="premiere",
    taken_at=m.ASKED,
    expires_at=m.NOW + timedelta(hours=1),
)


def view(**more: Any) -> StatusView:
    values: dict[str, Any] = {
        "services": ((BACKEND, service()),),
        "databases": {"prod-db": DATABASE},
        "queues": {"prod-jobs": QueueState(waiting=7, in_flight=2, dead=0)},
        "groups": {"gpu": GroupState(desired=2, minimum=1, maximum=6, in_service=2)},
        "runs": (),
        "waiting": (),
        "locks": (),
        "incidents": (),
        "ours": (),
        "read_at": m.NOW,
    }
    return StatusView(**{**values, **more})


def shown(**more: Any) -> Message:
    return good(status(view(**more), TOPOLOGY))


PROD_DB = (
    "• prod-db: available, postgres 15.8 on db.r6g.large, two zones, 42 connections, "
    "restorable to 2026-11-23 03:05 UTC"
)


def only(**more: Any) -> str:
    return read(shown(services=((BACKEND, service(**more)),)))


def test_a_quiet_night_says_so_and_shows_everything() -> None:
    message = shown()
    assert message.text == "Nothing needs attention, as of 2026-11-23 03:10 UTC."
    assert read(message) == "\n".join(
        [
            "✅ Nothing needs attention",
            "*Backend API* (`backend`): *blue is live* on 1 route",
            ":large_blue_circle: *blue* (live)",
            "Tasks: 4 of 4 running",
            "Version: `v1.4.2` (backend:41)",
            "Image: registry/backend:v1.4.2",
            "Rollout: completed, begun 2026-11-23 03:05 UTC",
            "Targets: 4 healthy, 0 unhealthy",
            "Traffic: *0 % errors* (0 of 2,000 requests), worst p95 120 ms, 02:57 to 03:07 UTC",
            ":large_green_circle: *green* (no traffic by its weights)",
            "Tasks: 4 of 4 running",
            "Version: `v1.4.2` (backend:41)",
            "Image: registry/backend:v1.4.2",
            "Rollout: completed, begun 2026-11-23 03:05 UTC",
            "Targets: 4 healthy, 0 unhealthy",
            "Traffic: none, 02:57 to 03:07 UTC",
            "*Databases*",
            PROD_DB,
            "*Queues*",
            "• prod-jobs: 7 waiting, 2 in flight, 0 dead letters",
            "*Worker groups*",
            "• gpu: 2 of 2 instances in service (between 1 and 6)",
            "*Open incidents:* none",
            "*Open runs:* none",
            "*Waiting for approval:* none",
            "*Locks and freezes:* none",
            "Read 2026-11-23 03:10 UTC. Metrics lag 180 s.",
        ]
    )


def test_what_is_wrong_comes_first() -> None:
    bad = colour(
        tasks=tasks(running=2, pending=2),
        targets=Targets(healthy=1, unhealthy=3, draining=1, reasons=("Target.Timeout",)),
        # The tenth minute tells of targets alone: nothing was served in it.
        minutes=(*minutes(200, 76, 0.8, number=9), minutes(0, 0, None)[9]),
    )
    message = shown(
        services=((BACKEND, service(colours={Colour.BLUE: bad, Colour.GREEN: colour()})),),
        queues={"prod-jobs": QueueState(waiting=80, in_flight=0, dead=2)},
        groups={"gpu": GroupState(desired=3, minimum=1, maximum=6, in_service=1)},
        databases={
            "prod-db": replace(DATABASE, status="rebooting", multi_az=False, connections=None)
        },
        incidents=(INCIDENT,),
        runs=(m.run(RunState.HELD),),
        waiting=(m.request(),),
        locks=(FREEZE,),
    )
    words = read(message)
    assert words.startswith("⚠️ 10 things need attention\n• R42 (rollback) is HELD")
    for sentence in (
        "• Backend API: 3 of blue's 4 targets are unhealthy.",
        "• Backend API: blue runs 2 of 4 tasks.",
        "• Backend API: blue was bad in 9 of 9 minutes (more than 5% errors or p95 above 0.5 s).",
        "• 1 incident is open in PagerDuty alone.",
        "• Database prod-db is rebooting.",
        "• Queue prod-jobs holds 80 messages, more than 50.",
        "• Queue prod-jobs has given up 2 messages (dead letters).",
        "• Group gpu has 1 of 3 instances in service.",
        "• Waiting for approval: R42.",
        "Targets: 1 healthy, 3 unhealthy, 1 draining (Target.Timeout)",
        "Tasks: 2 of 4 running, 2 pending",
        "Traffic: *38 % errors* (684 of 1,800 requests), worst p95 800 ms, 02:57 to 03:07 UTC",
        "(1 of 10 periods without traffic)",
        "rebooting, postgres 15.8 on db.r6g.large, one zone, connections unknown",
        "<https://pagerduty.example/incidents/Q1|Error rate ¦ high>: triggered",
        "high urgency, on Ana, since 2026-11-23 03:05 UTC",
        "• R42 rollback backend: held, since 2026-11-23 03:08 UTC, `/filmops show R42`",
        "• R42 rollback backend: 1 approval needed until 2026-11-23 03:20 UTC, asked by <@U0ANA>",
        "• freeze on everything by <@U0CHLOE> until 2026-11-23 04:10 UTC: premiere",
    ):
        assert sentence in words
    assert message.text.startswith("10 things need attention, as of 2026-11-23 03:10 UTC. R42")


def test_every_missing_part_stands_in_its_place_and_needs_attention() -> None:
    message = shown(
        services=(
            (
                BACKEND,
                service(
                    routes=GONE,
                    colours={
                        c: ColourState(tasks=GONE, targets=GONE, minutes=GONE) for c in Colour
                    },
                ),
            ),
        ),
        databases={"prod-db": GONE},
        queues={"prod-jobs": GONE},
        groups={"gpu": GONE},
        runs=GONE,
        waiting=GONE,
        locks=GONE,
        incidents=GONE,
    )
    words = read(message)
    assert words.count("could not be read: no answer within 4 s") >= 14
    assert "(live or not is unknown)" in words
    assert "*Open at PagerDuty alone:* could not be read: no answer within 4 s" in words
    assert "14 things need attention" in message.text


def test_routes_that_do_not_agree_are_pointed_out() -> None:
    rule = route(0, 100, arn="arn:2", label="HTTPS:443 rule 20", is_default=False)
    words = only(routes=(route(100, 0), rule))
    assert "traffic goes to *blue and green* over 2 routes" in words
    assert "• HTTPS:443 default: blue 100 %, green 0 %" in words
    assert (
        "• HTTPS:443 rule 20: blue 0 %, green 100 % :warning: *differs from the default route*"
        in words
    )
    assert "its routes do not agree on where traffic goes." in words


def test_shared_weights_are_shown_as_shares() -> None:
    words = only(routes=(route(9, 1),))
    assert "• HTTPS:443 default: blue 90 %, green 10 %" in words
    assert "differs" not in words


def test_no_listener_and_no_weight_are_two_things() -> None:
    assert "no listener forwards to either colour" in only(routes=())
    nothing = only(routes=(route(0, 0),))
    assert "no route sends traffic to either colour" in nothing
    assert "• HTTPS:443 default: blue 0 %, green 0 %" in nothing


def test_metrics_told_in_part_are_not_trusted_in_silence() -> None:
    partly = tuple(replace(minute, complete=False) for minute in minutes(200, 0, None))
    words = only(colours={Colour.BLUE: colour(minutes=partly), Colour.GREEN: colour()})
    assert "CloudWatch told blue's metrics only in part for 10 minutes." in words
    assert "p95 unknown, 02:57 to 03:07 UTC (10 told in part)" in words


def test_targets_and_deployments_that_are_gone_are_named() -> None:
    failed = Deployment(
        id="d2", status="PRIMARY", rollout="FAILED", task_definition="b:2", created_at=m.NOW
    )
    half = colour(
        targets=Targets(healthy=0, unhealthy=0), tasks=tasks(deployments=(failed,), image="odd")
    )
    words = only(colours={Colour.BLUE: half, Colour.GREEN: colour(tasks=tasks(deployments=()))})
    assert "Targets: none registered" in words
    assert "blue has no healthy target." in words
    assert "blue's newest deployment failed." in words
    assert "Rollout: failed" in words


def test_what_a_database_will_change_is_said() -> None:
    pending = replace(
        DATABASE, pending={"class": "db.r6g.2xlarge"}, latest_backup_at=None, connections=1
    )
    words = read(shown(databases={"prod-db": pending}))
    assert "1 connection, no backup is known, pending: class db.r6g.2xlarge" in words


def test_what_could_not_be_read_of_a_database_is_said_with_the_reason() -> None:
    unread = Missing(reason="denied")
    state = replace(DATABASE, latest_backup_at=unread, connections=unread)
    words = read(shown(databases={"prod-db": state}))
    assert "connections could not be read: denied, the newest backup could not be read: denied" in (
        words
    )


def test_a_queue_without_dead_letters_and_several_incidents_are_said() -> None:
    words = read(
        shown(
            queues={"prod-jobs": QueueState(waiting=0, in_flight=0, dead=None)},
            incidents=(INCIDENT, replace(INCIDENT, assigned_to=(), url="javascript:alert(1)")),
        )
    )
    assert "no dead-letter queue" in words
    assert "2 incidents are open in PagerDuty alone." in words
    assert "• Error rate ¦ high: triggered, high urgency, on nobody" in words


def test_an_approved_request_no_longer_waits_for_a_person() -> None:
    approved = m.request(state=RequestState.APPROVED)
    assert shown(waiting=(approved,)).text.startswith("Nothing needs attention")


def test_a_production_of_fifty_services_fits_one_message() -> None:
    words = read(shown(services=((BACKEND, service()),) * 50))
    assert "more parts are left out. One service alone: `/filmops status NAME`." in words
    assert "*Locks and freezes:* none" in words


def test_only_an_address_becomes_a_link() -> None:
    assert link("https://a.example/x?a=1&b=2", "x") == "<https://a.example/x?a=1&amp;b=2|x>"
    assert link("https://a.example/x|<!channel>", "x") == "x"
    assert link("https://a.example/" + "x" * 400, "x") == "x"


@unhurried
@given(data=st.data())
def test_no_words_break_a_status(data: st.DataObject) -> None:
    def words() -> str:
        return data.draw(texts)

    half = colour(
        tasks=tasks(image=words(), task_definition=words()),
        targets=Targets(healthy=1, unhealthy=1, reasons=(words(),) * 40),
    )
    gone = Missing(reason=words())
    incident = replace(INCIDENT, title=words(), url="https://" + words(), assigned_to=(words(),))
    lock = replace(FREEZE, resource=words(), owner=words(), reason=words())
    hostile = BACKEND.model_copy(update={"title": words(), "key": words()})
    state = service(
        routes=(route(50, 50, label=words()), route(0, 1, label=words())) * 20,
        colours={Colour.BLUE: half, Colour.GREEN: replace(half, tasks=gone, minutes=gone)},
    )
    request = m.request(operation=words(), actor=words(), plan=m.plan(resource=words()))
    good(
        status(
            view(
                services=((hostile, state),) * data.draw(st.integers(0, 40)),
                databases={words(): replace(DATABASE, engine=words(), pending={words(): words()})},
                queues={"prod-jobs": gone},
                incidents=(incident,) * 40,
                locks=(lock,) * 40,
                waiting=(request,) * 40,
                runs=(m.run(operation=words(), resource=words()),) * 40,
            ),
            TOPOLOGY,
        )
    )
