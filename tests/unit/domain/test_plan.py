from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.plan import Call, Change, Moved, Plan, StepSpec, drift

pytestmark = pytest.mark.unit

CALL = Call(service="elbv2", action="modify_listener", parameters={"Weight": 100})
STEP = StepSpec(name="move", title="Move traffic", args={"to": "blue"}, calls=(CALL,))
PLAN = Plan(
    operation="rollback",
    resource="service/web",
    summary="Move web back",
    steps=(STEP,),
    facts={"traffic": "green 100", "blue": "2 healthy"},
)


def test_the_same_plan_has_the_same_hash_whatever_the_order_of_facts() -> None:
    turned = replace(PLAN, facts=dict(reversed(list(PLAN.facts.items()))))
    assert (turned.hash, turned.fingerprint) == (PLAN.hash, PLAN.fingerprint)
    assert drift(PLAN, turned) == ()


@pytest.mark.parametrize(
    "other",
    [
        replace(PLAN, operation="switch"),
        replace(PLAN, resource="service/api"),
        replace(PLAN, steps=()),
        replace(PLAN, steps=(STEP, STEP)),
        replace(PLAN, steps=(replace(STEP, name="other"),)),
        replace(PLAN, steps=(replace(STEP, args={"to": "green"}),)),
        replace(PLAN, steps=(replace(STEP, calls=()),)),
        replace(PLAN, steps=(replace(STEP, calls=(replace(CALL, parameters={"Weight": 1}),)),)),
        replace(PLAN, facts={**PLAN.facts, "traffic": "green 90"}),
    ],
)
def test_what_would_be_done_and_the_facts_are_what_is_approved(other: Plan) -> None:
    assert other.hash != PLAN.hash
    assert drift(PLAN, other) != ()


@pytest.mark.parametrize(
    "other",
    [
        replace(PLAN, evidence=("error rate 9 %",)),
        replace(PLAN, warnings=("no data",)),
        replace(PLAN, summary="in other words"),
        replace(PLAN, offers=("scale",)),
        replace(PLAN, changes=(Change(subject="a", before="b", after="c"),)),
        replace(PLAN, steps=(replace(STEP, title="Other words"),)),
    ],
)
def test_what_moves_by_itself_and_wording_are_not(other: Plan) -> None:
    assert (other.hash, drift(PLAN, other)) == (PLAN.hash, ())


def test_the_fingerprint_is_short_and_of_the_facts_alone() -> None:
    assert len(PLAN.fingerprint) == 12
    assert replace(PLAN, operation="switch").fingerprint == PLAN.fingerprint
    assert replace(PLAN, facts={}).fingerprint != PLAN.fingerprint


def test_drift_names_what_moved_came_and_went() -> None:
    now = replace(PLAN, facts={"traffic": "blue 100", "green": "1 healthy"})
    assert drift(PLAN, now) == (
        Moved(fact="blue", approved="2 healthy", now="(absent)"),
        Moved(fact="green", approved="(absent)", now="1 healthy"),
        Moved(fact="traffic", approved="green 100", now="blue 100"),
    )


def test_another_program_planning_differently_is_drift_too() -> None:
    now = replace(PLAN, steps=(STEP, STEP))
    assert drift(PLAN, now) == (Moved(fact="steps", approved=PLAN.hash[:12], now=now.hash[:12]),)
