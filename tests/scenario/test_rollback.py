"""`/filmops rollback backend`: from the command to the change-log entry (runbook, *Rollback*)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from blocks import ids
from tests.scenario.studio import Studio, until

pytestmark = pytest.mark.scenario


def forwards() -> list[dict[str, Any]]:
    """Production's listener and the rules below it, as AWS tells them, without their metadata."""
    elb = boto3.client("elbv2")
    arn = elb.describe_load_balancers(Names=["prod-alb"])["LoadBalancers"][0]["LoadBalancerArn"]
    found: list[dict[str, Any]] = []
    for listener in elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]:
        found.append(dict(listener))
        rules = elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
        found += [dict(rule) for rule in rules if not rule["IsDefault"]]
    return found


def without_weights(shown: Any) -> Any:
    """The same with every weight left out."""
    if isinstance(shown, dict):
        return {name: without_weights(item) for name, item in shown.items() if name != "Weight"}
    return [without_weights(item) for item in shown] if isinstance(shown, list) else shown


async def test_traffic_goes_back_after_a_second_person_has_approved(studio: Studio) -> None:
    aws = studio.outside.aws
    assert await aws.weights() == (100, 0)
    before = forwards()

    planned = await studio.asks()
    assert "Move all traffic of Backend API from blue (v1.4.2) back to green (v1.4.1)" in planned
    assert "HTTPS:443 default: blue 100, green 0 → *blue 0, green 100*" in planned
    assert "HTTPS:443 rule 20: blue 100, green 0 → *blue 0, green 100*" in planned
    assert "elbv2.modify_listener" in planned
    assert "elbv2.modify_rule" in planned
    assert '"Weight": 100' in planned
    assert re.search(r"blue \(live\): 3/3 targets healthy; [78]\.\d% errors", planned)
    assert "fingerprint of the live state" in planned
    assert "engineer, lead or cto, not <@U0ANA>, who asked" in planned
    assert await aws.changes() == []

    assert "Approved. R1 is checked against the live state" in await studio.clicks(
        "U0BEN", ids.APPROVE
    )
    ended = await studio.card_says("done in", "6 of 6 steps done")
    for said in (
        "HTTPS:443 default read back as blue 0, green 100",
        "HTTPS:443 rule 20 read back as blue 0, green 100",
        "3 of 3 targets healthy",
        "/version says v1.4.1, /health is fine, login works",
        "1 of 1 closed minutes: 1",
        "asked by <@U0ANA>, approved by <@U0BEN>",
        "alembic downgrade -1",
    ):
        assert said in ended
    assert (await studio.card())["blocks"][-1]["type"] == "context", "no button is left"

    assert await aws.changes() == ["ModifyListener", "ModifyRule"]
    assert await aws.weights() == (0, 100)
    assert without_weights(forwards()) == without_weights(before)
    assert forwards() != before
    await the_paper_is_right(studio)
    await until(lambda: traffic_heals(studio), "the last second in CloudWatch is well")


async def the_paper_is_right(studio: Studio) -> None:
    """Who did what is in the audit log in order, and the change is in the change log."""
    assert await studio.told() == [
        ("U0ANA", "command"),
        ("U0ANA", "request"),
        ("U0BEN", "approve"),
        ("filmops", "run.start"),
        ("filmops", "run.succeeded"),
    ]
    (change,) = await studio.app.world.store.runs.changes()
    assert (change.asked_by, change.approved_by) == ("U0ANA", ("U0BEN",))
    assert change.before.startswith("HTTPS:443 default: blue 100, green 0")
    assert change.after.startswith("HTTPS:443 default: blue 0, green 100")
    listed = await studio.types("U0CHLOE", "/filmops operations")
    assert "asked by <@U0ANA>, approved by <@U0BEN>" in listed
    assert "HTTPS:443 rule 20: blue 0, green 100" in listed
    shown = await studio.types("U0EVE", "/filmops show R1")
    assert "modify_listener" in shown
    history = await studio.types("U0EVE", "/filmops history backend --since 1d")
    assert "R1 rollback backend" in history
    assert "approved by <@U0BEN>" in history
    written = await studio.types("U0EVE", "/filmops history --format json")
    assert "The change log of everything is in #ops-alerts, as `change-log-everything-" in written
    (file,) = [file for card in await studio.cards() for file in card.get("files", [])]
    shape = (await studio.http.get(file["url_private"])).json()
    assert (shape["format"], shape["version"]) == ("filmops.change-log", 1)
    (told,) = shape["changes"]
    assert (told["run"], told["approved_by"]) == ("R1", ["Ben Larsen"])


async def traffic_heals(studio: Studio) -> bool:
    """CloudWatch's newest closed seconds: requests, and hardly an error among them."""
    end = datetime.now(UTC).replace(microsecond=0)
    balancer = forwards()[0]["LoadBalancerArn"].split(":loadbalancer/")[1]
    queries: list[Any] = [
        {"Id": key, "MetricStat": {"Metric": metric(name, balancer), "Period": 1, "Stat": "Sum"}}
        for key, name in (("all", "RequestCount"), ("bad", "HTTPCode_Target_5XX_Count"))
    ]
    answer = boto3.client("cloudwatch").get_metric_data(
        StartTime=end - timedelta(seconds=2), EndTime=end, MetricDataQueries=queries
    )
    told = {one["Id"]: sum(one["Values"]) for one in answer["MetricDataResults"]}
    return told["all"] > 50 and told["bad"] < 0.02 * told["all"]


def metric(name: str, balancer: str) -> dict[str, Any]:
    """A metric of the load balancer."""
    where = [{"Name": "LoadBalancer", "Value": balancer}]
    return {"Namespace": "AWS/ApplicationELB", "MetricName": name, "Dimensions": where}
