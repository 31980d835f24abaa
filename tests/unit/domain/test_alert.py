"""An alarm opens and closes under one fingerprint; nothing that is published can raise."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.alert import Alert, alert_of
from bot.domain.live import Missing
from bot.topology import Alarm, Alerts

pytestmark = pytest.mark.unit

TOPIC = "arn:aws:sns:us-east-1:123456789012:prod-alerts"
ARN = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:backend-5xx"
ALARM = {
    "AlarmName": "backend-5xx",
    "AlarmDescription": "More than 5 % errors",
    "AWSAccountId": "123456789012",
    "NewStateValue": "ALARM",
    "OldStateValue": "OK",
    "NewStateReason": "Threshold Crossed: 3 datapoints",
    "StateChangeTime": "2026-03-01T03:00:00.123+0000",
    "Region": "US East (N. Virginia)",
    "AlarmArn": ARN,
    "Trigger": {
        "MetricName": "HTTPCode_Target_5XX_Count",
        "Namespace": "AWS/ApplicationELB",
        "Dimensions": [{"name": "LoadBalancer", "value": "app/prod-alb/1"}],
    },
}
ALERTS = Alerts(
    alarms={
        "backend-*": Alarm(service="backend", severity="P3"),
        "backend-5*": Alarm(service="backend", severity="P1"),
        "db-cpu": Alarm(severity="P2"),
        "db-*": Alarm(severity="P4"),
    }
)

# Not st.text(): what hurts is known, and its first use spends a second on Unicode's tables.
HOSTILE = st.sampled_from(["", "\0", "\ud800", "ALARM", "0001-01-01T00:00:00+23:00", "[" * 9_999])
ANY_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | HOSTILE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HOSTILE, inner, max_size=3),
    max_leaves=8,
)


def notification(message: Any, **changed: Any) -> dict[str, Any]:
    text = message if isinstance(message, str) else json.dumps(message)
    base = {"Type": "Notification", "MessageId": "m1", "TopicArn": TOPIC, "Message": text}
    return {**base, "Timestamp": "2026-03-01T03:00:05.000Z", **changed}


def read(message: Any, **changed: Any) -> Alert:
    found = alert_of(notification(message, **changed), ALERTS)
    assert isinstance(found, Alert), found
    return found


def unread(payload: dict[str, Any]) -> str:
    found = alert_of(payload, ALERTS)
    assert isinstance(found, Missing), found
    return found.reason


def test_an_alarm_opens_with_all_a_woken_person_needs() -> None:
    alert = read(ALARM)
    assert (alert.fingerprint, alert.opened, alert.source) == (ARN, True, "cloudwatch")
    assert (alert.title, alert.service, alert.severity) == ("backend-5xx", "backend", "P1")
    assert alert.at == datetime(2026, 3, 1, 3, 0, 0, 123000, tzinfo=UTC)
    assert alert.detail["reason"] == "Threshold Crossed: 3 datapoints"
    assert alert.detail["metric"] == "HTTPCode_Target_5XX_Count"
    assert alert.detail["dimension LoadBalancer"] == "app/prod-alb/1"


def test_ok_closes_what_alarm_opened() -> None:
    closed = read({**ALARM, "NewStateValue": "OK", "OldStateValue": "ALARM"})
    assert not closed.opened
    assert closed.fingerprint == read(ALARM).fingerprint


def test_no_data_neither_opens_nor_closes() -> None:
    said = unread(notification({**ALARM, "NewStateValue": "INSUFFICIENT_DATA"}))
    assert "backend-5xx" in said
    assert "INSUFFICIENT_DATA" in said


def test_without_an_arn_region_account_and_name_tell_alarms_apart() -> None:
    bare = {name: value for name, value in ALARM.items() if name != "AlarmArn"}
    elsewhere = {**bare, "Region": "EU (Ireland)"}
    prints = {read(one).fingerprint for one in (bare, elsewhere, {**bare, "AlarmName": "db-cpu"})}
    assert len(prints) == 3
    assert read(bare).fingerprint == read({**bare, "NewStateValue": "OK"}).fingerprint


@pytest.mark.parametrize(
    ("name", "service", "severity"),
    [
        ("backend-p95", "backend", "P3"),
        ("backend-5xx", "backend", "P1"),
        ("db-cpu", "", "P2"),
        ("db-cpu-credits", "", "P4"),
        ("somebody-elses", "", "P2"),
    ],
)
def test_the_own_name_then_the_longest_prefix_says_service_and_severity(
    name: str, service: str, severity: str
) -> None:
    alert = read({**ALARM, "AlarmName": name})
    assert (alert.service, alert.severity) == (service, severity)


def test_dimensions_with_the_apis_capitals_are_understood() -> None:
    trigger = {"Dimensions": [{"Name": "QueueName", "Value": "prod-jobs"}, "x", {"name": 1}, {}]}
    detail = read({**ALARM, "Trigger": trigger}).detail
    assert [name for name in detail if name.startswith("dimension")] == ["dimension QueueName"]


@pytest.mark.parametrize("when", ["yesterday", 7, None, "2026-03-01T03:00:00"])
def test_an_alarm_without_a_usable_time_happened_when_it_was_sent(when: Any) -> None:
    assert read({**ALARM, "StateChangeTime": when}).at == datetime(2026, 3, 1, 3, 0, 5, tzinfo=UTC)


def test_words_open_under_their_subject_and_nobody_has_said_how_bad_it_is() -> None:
    first = read("disk full on gpu-1", Subject="Disk")
    again = read("disk still full", Subject="Disk")
    other = read("disk full", Subject="Disk", TopicArn=TOPIC + "-2")
    assert (first.title, first.severity, first.opened, first.source) == ("Disk", None, True, "sns")
    assert first.fingerprint == again.fingerprint != other.fingerprint
    assert first.detail == {"topic": TOPIC, "message": "disk full on gpu-1"}


def test_words_may_be_mapped_like_alarms() -> None:
    assert read("x", Subject="db-cpu").severity == "P2"


def test_words_without_a_subject_are_known_by_their_first_line() -> None:
    assert read("\nDisk full\nsee gpu-1").title == "Disk full"
    assert read("  ").title == f"a message of {TOPIC}"


@pytest.mark.parametrize("message", ["[1]", "7", "{", '{"AlarmName": 7}', "[" * 100_000, "\ud800"])
def test_json_that_is_no_alarm_is_somebodys_words(message: str) -> None:
    assert read(message, Subject="S").source == "sns"


def test_a_cancelled_subscription_is_told_as_such() -> None:
    said = unread(notification("You have chosen", Type="UnsubscribeConfirmation"))
    assert said == f"the subscription to {TOPIC} was cancelled: its alarms do not come"


@pytest.mark.parametrize(
    "changed",
    [{"Message": None}, {"Message": 7}, {"Timestamp": None}, {"Timestamp": "soon"}],
)
def test_without_message_or_time_there_is_a_reason(changed: dict[str, Any]) -> None:
    assert "without message or time" in unread(notification("x", **changed))


@given(st.dictionaries(st.sampled_from([*ALARM]), ANY_JSON))
def test_an_alarm_of_any_shape_is_met_without_an_exception(changed: dict[str, Any]) -> None:
    assert isinstance(alert_of(notification({**ALARM, **changed}), ALERTS), Alert | Missing)


@given(
    st.dictionaries(
        st.sampled_from(["Type", "TopicArn", "Subject", "Message", "Timestamp"]), ANY_JSON
    )
)
def test_a_notification_of_any_shape_is_met_without_an_exception(changed: dict[str, Any]) -> None:
    assert isinstance(alert_of({**notification(ALARM), **changed}, ALERTS), Alert | Missing)
