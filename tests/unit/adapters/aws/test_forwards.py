"""What a route's actions say, and how they read once the weights are others."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from bot.adapters.aws import forwards
from bot.domain.live import Route
from bot.errors import OperationFailed
from bot.topology import Colour

pytestmark = pytest.mark.unit

BLUE, GREEN, OTHER = "arn:tg/blue", "arn:tg/green", "arn:tg/a-third"
GROUPS = {Colour.BLUE: BLUE, Colour.GREEN: GREEN}
TO_GREEN = {Colour.BLUE: 0, Colour.GREEN: 100}
OIDC = {
    "Type": "authenticate-oidc",
    "Order": 1,
    "AuthenticateOidcConfig": {"Issuer": "https://id.example", "ClientId": "films"},
}


def forward(*groups: tuple[str, int], **more: Any) -> dict[str, Any]:
    """A forward action as AWS describes it."""
    members = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in groups]
    return {"Type": "forward", "Order": 1, "ForwardConfig": {"TargetGroups": members, **more}}


def route(*actions: dict[str, Any], is_default: bool = True) -> Route:
    """A route with these live actions."""
    return Route(
        arn="arn:listener" if is_default else "arn:rule",
        listener_arn="arn:listener",
        label="HTTPS:443",
        is_default=is_default,
        weights={Colour.BLUE: 100, Colour.GREEN: 0},
        actions=actions,
    )


def test_a_colour_that_is_absent_has_weight_zero() -> None:
    assert forwards.weights_in([forward((BLUE, 7))], GROUPS) == {Colour.BLUE: 7, Colour.GREEN: 0}


def test_the_older_spelling_counts_as_one_group_of_weight_one() -> None:
    legacy = {"Type": "forward", "TargetGroupArn": GREEN}
    assert forwards.weights_in([legacy], GROUPS) == {Colour.BLUE: 0, Colour.GREEN: 1}


def test_actions_that_forward_elsewhere_are_no_route_of_ours() -> None:
    redirect = {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301"}}
    assert forwards.weights_in([redirect], GROUPS) is None
    assert forwards.weights_in([forward((OTHER, 1))], GROUPS) is None


def test_stickiness_is_told_only_when_it_is_on() -> None:
    on = forward((BLUE, 1), TargetGroupStickinessConfig={"Enabled": True, "DurationSeconds": 3600})
    off = forward((BLUE, 1), TargetGroupStickinessConfig={"Enabled": False})
    assert forwards.stickiness_in([on], GROUPS) == 3600
    assert forwards.stickiness_in([off], GROUPS) is None


def test_the_call_names_both_groups_so_that_the_idle_one_stays_warm() -> None:
    action, parameters = forwards.call_for(route(forward((BLUE, 100))), GROUPS, TO_GREEN)
    assert action == "modify_listener"
    assert parameters == {
        "ListenerArn": "arn:listener",
        "DefaultActions": [forward((BLUE, 0), (GREEN, 100))],
    }


def test_a_rule_is_changed_by_modify_rule() -> None:
    live = route(forward((BLUE, 100), (GREEN, 0)), is_default=False)
    action, parameters = forwards.call_for(live, GROUPS, TO_GREEN)
    assert action == "modify_rule"
    assert parameters == {"RuleArn": "arn:rule", "Actions": [forward((BLUE, 0), (GREEN, 100))]}


def test_a_listener_with_a_login_keeps_it_and_the_secret_aws_has() -> None:
    live = route(OIDC, forward((BLUE, 100), (GREEN, 0)) | {"Order": 2})
    _, parameters = forwards.call_for(live, GROUPS, TO_GREEN)
    login, moved = parameters["DefaultActions"]
    assert login["AuthenticateOidcConfig"] == {
        "Issuer": "https://id.example",
        "ClientId": "films",
        "UseExistingClientSecret": True,
    }
    assert (login["Order"], moved["Order"]) == (1, 2)
    assert "UseExistingClientSecret" not in OIDC["AuthenticateOidcConfig"]  # type: ignore[operator]


def test_the_older_spelling_is_replaced_by_the_newer() -> None:
    live = route({"Type": "forward", "TargetGroupArn": BLUE})
    _, parameters = forwards.call_for(live, GROUPS, TO_GREEN)
    (moved,) = parameters["DefaultActions"]
    assert "TargetGroupArn" not in moved
    assert moved["ForwardConfig"]["TargetGroups"] == [
        {"TargetGroupArn": BLUE, "Weight": 0},
        {"TargetGroupArn": GREEN, "Weight": 100},
    ]


def test_both_spellings_together_become_one() -> None:
    live = route(forward((BLUE, 1)) | {"TargetGroupArn": BLUE})
    _, parameters = forwards.call_for(live, GROUPS, TO_GREEN)
    assert parameters["DefaultActions"] == [forward((BLUE, 0), (GREEN, 100))]


def test_a_third_group_keeps_its_share() -> None:
    live = route(forward((OTHER, 5), (GREEN, 0), (BLUE, 100)))
    _, parameters = forwards.call_for(live, GROUPS, TO_GREEN)
    assert parameters["DefaultActions"] == [forward((BLUE, 0), (GREEN, 100), (OTHER, 5))]


def test_stickiness_is_kept() -> None:
    sticky = {"TargetGroupStickinessConfig": {"Enabled": True, "DurationSeconds": 60}}
    _, parameters = forwards.call_for(route(forward((BLUE, 1), **sticky)), GROUPS, TO_GREEN)
    assert parameters["DefaultActions"] == [forward((BLUE, 0), (GREEN, 100), **sticky)]


def test_two_readings_of_one_world_make_one_call() -> None:
    one = forwards.call_for(route(forward((BLUE, 100), (GREEN, 0))), GROUPS, TO_GREEN)
    other = forwards.call_for(route(forward((GREEN, 0), (BLUE, 100))), GROUPS, TO_GREEN)
    assert one == other


def test_the_live_actions_stay_as_they_were_read() -> None:
    live = route(OIDC, forward((BLUE, 100)))
    before = deepcopy(live.actions)
    forwards.call_for(live, GROUPS, TO_GREEN)
    assert live.actions == before


@pytest.mark.parametrize(
    "weights",
    [
        {Colour.BLUE: 0, Colour.GREEN: 0},
        {Colour.BLUE: 0, Colour.GREEN: 1000},
        {Colour.GREEN: 100},
        {Colour.BLUE: -1, Colour.GREEN: 100},
    ],
)
def test_weights_that_cannot_work_are_refused_before_any_call(weights: dict[Colour, int]) -> None:
    with pytest.raises(OperationFailed) as refused:
        forwards.call_for(route(forward((BLUE, 100))), GROUPS, weights)
    assert refused.value.code == "weights"
