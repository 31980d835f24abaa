"""What looks wrong holds the run, pages, and leaves everything to a person."""

from __future__ import annotations

import pytest

from blocks import ids
from tests.scenario.studio import Studio, until

pytestmark = pytest.mark.scenario


async def approved(studio: Studio) -> None:
    """Ana has asked, Ben has approved."""
    await studio.asks()
    await studio.clicks("U0BEN", ids.APPROVE)


async def pages(studio: Studio) -> list[str]:
    """Summaries of what PagerDuty was sent, once everything due was."""
    await studio.escalate()
    return [str(line["summary"]) for line in await studio.outside.pagerduty.ask("ledger")]


async def test_denied_by_aws_it_holds_and_pages_and_goes_on_once_mended(studio: Studio) -> None:
    aws = studio.outside.aws
    await aws.tell("deny", action="elasticloadbalancing:ModifyListener")
    await approved(studio)
    shown = await studio.card_says("HELD at step 2 of 6, a person must decide")
    assert "is not authorized to perform: elasticloadbalancing:ModifyListener" in shown
    await studio.tick()
    await studio.tick()
    assert await pages(studio) == ["[P2] I1 R1 (rollback of service/backend) is held"]
    await studio.thread_says("R1 is held: I1 pages for it until somebody acknowledges.")

    busy = await studio.types("U0CHLOE", "/filmops rollback backend")
    assert "R1 (rollback) is held on service/backend." in busy
    assert "busy" in busy

    assert await aws.weights() == (100, 0)
    await aws.forget("deny")
    assert "R1 goes on." in await studio.clicks("U0CHLOE", ids.RESUME)
    await studio.card_says("done in")
    assert await aws.changes() == ["ModifyListener status 403", "ModifyListener", "ModifyRule"]
    assert [action for _, action in await studio.told()][-2:] == ["run.resume", "run.succeeded"]
    await studio.tick()
    assert (await studio.told())[-1] == ("filmops", "incident_resolved")


async def test_a_403_without_a_name_holds_too_and_abort_leaves_what_is(studio: Studio) -> None:
    aws = studio.outside.aws
    await aws.fault("elasticloadbalancing.ModifyRule", "status", status=403, code="403", times=None)
    await approved(studio)
    shown = await studio.card_says("HELD at step 3 of 6")
    assert "HTTPS:443 default read back as blue 0, green 100" in shown
    aborted = await studio.clicks("U0BEN", ids.ABORT)
    assert "R1 is aborted; what was done stays done." in aborted
    shown = await studio.card_says("aborted after", "Aborted by <@U0BEN>")
    assert "the steps show how far it came" in shown
    assert ids.RESUME not in str(await studio.card())
    assert (await aws.changes())[0] == "ModifyListener"
    late = await studio.forged_click("U0BEN", ids.RESUME, "1", ts=(await studio.card())["ts"])
    assert "R1 is aborted; that cannot be done to it now." in late


async def test_paused_while_somebody_moves_weights_it_does_not_overwrite_them(
    studio: Studio,
) -> None:
    aws = studio.outside.aws
    await aws.fault("elasticloadbalancing.ModifyListener", "latency", seconds=2.0)
    await approved(studio)
    await studio.in_step(2)
    pausing = await studio.forged_click("U0ANA", ids.PAUSE, "1", ts="1.1")
    assert "R1 will pause before its next call." in pausing
    await studio.card_says("paused at step 3 of 6")
    assert await aws.changes() == ["ModifyListener"]

    await aws.tell("weights", service="backend", blue=50, green=50)
    await studio.clicks("U0ANA", ids.RESUME)
    shown = await studio.card_says("HELD at step 3 of 6")
    assert "Somebody changed HTTPS:443 rule 20 since the approval" in shown
    assert "Not touched." in shown
    assert await aws.weights() == (50, 50)
    assert await aws.changes() == ["ModifyListener"]


async def test_abort_while_it_runs_ends_it_before_the_next_call(studio: Studio) -> None:
    aws = studio.outside.aws
    await aws.fault("elasticloadbalancing.ModifyListener", "latency", seconds=2.0)
    await approved(studio)
    await studio.in_step(2)
    refused = await studio.forged_click("U0EVE", ids.ABORT, "1", ts="1.1")
    assert "not_permitted" in refused
    aborting = await studio.forged_click("U0BEN", ids.ABORT, "1", ts="1.1")
    assert "R1 will abort before its next call." in aborting
    await studio.card_says("aborted after", "What was done stays done")
    assert await aws.changes() == ["ModifyListener"]


# On a busy machine one of these short minutes may go by without a request: one of four will not.
@pytest.mark.parametrize("studio", [{"watch_minutes": 4}], indirect=True)
async def test_errors_on_the_new_colour_hold_it_and_traffic_stays(studio: Studio) -> None:
    aws = studio.outside.aws
    await aws.tell("colour", service="backend", colour="green", error_rate=0.5)
    await approved(studio)
    shown = await studio.card_says("HELD at step 6 of 6")
    assert "1 breach" in shown
    assert "green is bad too: traffic stays there for a person." in shown
    await studio.tick()
    assert len(await pages(studio)) == 1
    assert await aws.weights() == (0, 100)
    assert await aws.changes() == ["ModifyListener", "ModifyRule"]


@pytest.mark.parametrize("studio", [{"give_up_seconds": 3}], indirect=True)
async def test_blind_it_waits_and_then_holds(studio: Studio) -> None:
    await studio.outside.aws.fault(
        "cloudwatch.GetMetricData", "status", status=503, code="ServiceUnavailable", times=None
    )
    planned = await studio.asks()
    assert "blue (live): 3/3 targets healthy; errors unknown" in planned
    await studio.clicks("U0BEN", ids.APPROVE)
    await studio.card_says("BLIND: CloudWatch does not answer")
    shown = await studio.card_says("HELD at step 6 of 6")
    assert "Not known to be well after 3 s." in shown
    assert await studio.outside.aws.weights() == (0, 100)


@pytest.mark.parametrize("studio", [{"minimum_requests": 1_000_000}], indirect=True)
async def test_throttled_once_it_goes_on_and_no_traffic_is_not_called_well(studio: Studio) -> None:
    aws = studio.outside.aws
    await aws.fault("elasticloadbalancing.ModifyListener", "status", status=400, code="Throttling")
    await approved(studio)
    shown = await studio.card_says("done in")
    assert "1 of 1 closed minutes: 1 no_traffic" in shown
    assert await aws.changes() == ["ModifyListener status 400", "ModifyListener", "ModifyRule"]
    assert await pages(studio) == []


async def test_locks_and_freezes_do_not_stop_a_rollback(studio: Studio) -> None:
    await studio.command("U0CHLOE", "/filmops lock backend I look at the login --for 2h")
    assert "<@U0CHLOE>" in await studio.channel_says("I look at the login")
    await studio.command("U0DANA", "/filmops freeze all premiere tonight --for 1d")
    assert "<@U0DANA>" in await studio.channel_says("premiere tonight")
    await studio.asks()
    held = await studio.types("U0BEN", "/filmops status")
    assert "I look at the login" in held
    assert "premiere tonight" in held

    again = await studio.types("U0BEN", "/filmops freeze all again")
    assert "all is frozen already by <@U0DANA>" in again
    theirs = await studio.types("U0ANA", "/filmops unlock backend")
    assert "only they or lead or cto may end it" in theirs
    await studio.command("U0CHLOE", "/filmops unfreeze all")
    await studio.command("U0CHLOE", "/filmops unlock backend")
    await until(lambda: _released(studio), "both are released")
    none = await studio.types("U0CHLOE", "/filmops unlock backend")
    assert "backend is not locked." in none
    told = [action for _, action in await studio.told() if action != "command"]
    assert told == ["lock", "freeze", "request", "unfreeze", "unlock"]


async def _released(studio: Studio) -> bool:
    return await studio.app.world.store.locks.held(studio.clock.now()) == ()
