"""Who may: decided by roles and topology alone."""

import pytest

from bot.domain.permission import may_answer, may_approve, may_ask
from bot.domain.reasons import Reason
from bot.topology import Risk, RiskRule, load
from tests.stage import ANA, BEN, SHIPPED

pytestmark = pytest.mark.unit

TOPOLOGY = load(SHIPPED)


@pytest.mark.parametrize("role", ["engineer", "lead", "cto"])
@pytest.mark.parametrize("risk", list(Risk))
def test_whoever_works_here_may_ask_for_everything(role: str, risk: Risk) -> None:
    assert may_ask(TOPOLOGY, [role], risk) is None


def test_an_auditor_reads_and_asks_for_no_change() -> None:
    assert may_ask(TOPOLOGY, ["auditor"], Risk.READ) is None
    for risk in (Risk.LOW, Risk.CHANGE, Risk.DANGER):
        obstacle = may_ask(TOPOLOGY, ["auditor"], risk)
        assert obstacle is not None
        assert obstacle.code is Reason.NOT_PERMITTED
        assert "engineer or lead or cto, and you are auditor" in obstacle.message


@pytest.mark.parametrize("risk", list(Risk))
def test_without_a_role_nothing_may_be_asked_for(risk: Risk) -> None:
    obstacle = may_ask(TOPOLOGY, [], risk)
    assert obstacle is not None
    assert obstacle.code is Reason.UNKNOWN_PERSON
    assert "filmops.toml" in obstacle.unblock


@pytest.mark.parametrize("risk", [Risk.CHANGE, Risk.DANGER])
def test_nobody_approves_what_they_asked_for_whatever_they_are(risk: Risk) -> None:
    obstacle = may_approve(TOPOLOGY, ["cto", "lead"], risk, actor=ANA, requester=ANA)
    assert obstacle is not None
    assert obstacle.code is Reason.OWN_REQUEST


@pytest.mark.parametrize(
    ("role", "risk", "allowed"),
    [
        ("engineer", Risk.CHANGE, True),
        ("engineer", Risk.DANGER, False),
        ("lead", Risk.DANGER, True),
        ("cto", Risk.DANGER, True),
        ("auditor", Risk.CHANGE, False),
        ("auditor", Risk.DANGER, False),
    ],
)
def test_approving_takes_the_roles_of_the_risk(role: str, risk: Risk, allowed: bool) -> None:
    obstacle = may_approve(TOPOLOGY, [role], risk, actor=BEN, requester=ANA)
    assert (obstacle is None) is allowed
    if obstacle is not None:
        assert obstacle.code is Reason.NOT_PERMITTED


def test_a_risk_nobody_need_approve_is_steered_by_those_who_may_ask() -> None:
    assert may_answer(TOPOLOGY, ["engineer"], Risk.LOW) is None
    obstacle = may_answer(TOPOLOGY, ["auditor"], Risk.LOW)
    assert obstacle is not None
    assert "decided by engineer or lead or cto" in obstacle.message


def test_a_rule_that_names_nobody_says_so() -> None:
    nobody = RiskRule(request=())
    closed = TOPOLOGY.model_copy(update={"risks": {**TOPOLOGY.risks, Risk.CHANGE: nobody}})
    obstacle = may_answer(closed, ["cto"], Risk.CHANGE)
    assert obstacle is not None
    assert "decided by nobody" in obstacle.message
