"""Values to draw: one request and its run, changed by keyword; times of one night."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.plan import Call, Change, Plan, StepSpec
from bot.domain.request import Answer, Approval, Request, RequestState
from bot.domain.run import Run, RunState, Step, StepState
from bot.domain.view import RequestView
from bot.topology import Risk

NOW = datetime(2026, 11, 23, 3, 10, tzinfo=UTC)
ASKED = NOW - timedelta(minutes=5)

CALL = Call(
    service="elbv2",
    action="modify_listener",
    parameters={"ListenerArn": "arn:listener/443", "DefaultActions": [{"Type": "forward"}]},
)


def plan(**more: Any) -> Plan:
    values: dict[str, Any] = {
        "operation": "rollback",
        "resource": "service/backend",
        "summary": "Move all traffic of backend from green (v1.5.0) back to blue (v1.4.2).",
        "steps": (
            StepSpec(name="traffic", title="Move traffic to blue", calls=(CALL,)),
            StepSpec(name="watch", title="Watch 3 closed minutes"),
        ),
        "changes": (Change(subject="traffic on :443", before="green 100", after="blue 100"),),
        "facts": {"live": "green"},
        "evidence": ("green: 38 % errors over 5 minutes",),
        "warnings": ("blue runs 2 of 4 tasks",),
        "offers": ("/filmops restore prod-db",),
    }
    return Plan(**{**values, **more})


def request(**more: Any) -> Request:
    values: dict[str, Any] = {
        "id": 42,
        "operation": "rollback",
        "params": {"service": "backend"},
        "words": "rollback backend --reason checkout is failing",
        "actor": "U0ANA",
        "channel": "ops-alerts",
        "risk": Risk.CHANGE,
        "plan": plan(),
        "needed": 1,
        "asked_at": ASKED,
        "expires_at": ASKED + timedelta(minutes=15),
        "reason": "checkout is failing",
    }
    return Request(**{**values, **more})


def approval(actor: str = "U0BEN", answer: Answer = Answer.APPROVE) -> Approval:
    return Approval(
        actor=actor, answer=answer, plan_hash=plan().hash, at=NOW - timedelta(minutes=3)
    )


def step(position: int = 0, state: StepState = StepState.PENDING, **more: Any) -> Step:
    spec = more.pop("spec", StepSpec(name="traffic", title=f"Step number {position + 1}"))
    return Step(position=position, spec=spec, state=state, **more)


def run(state: RunState = RunState.RUNNING, **more: Any) -> Run:
    values: dict[str, Any] = {
        "id": 42,
        "operation": "rollback",
        "resource": "service/backend",
        "state": state,
        "steps": (
            step(0, StepState.DONE, result={"said": "blue has 100 % on :443"}),
            step(1, StepState.WAITING, progress={"said": "1 of 3 minutes good"}),
        ),
        "started_at": NOW - timedelta(minutes=2),
        "release": "0.1.0",
    }
    return Run(**{**values, **more})


def view(**more: Any) -> RequestView:
    values: dict[str, Any] = {
        "request": request(),
        "run": None,
        "approvers": ("engineer", "lead", "cto"),
        "now": NOW,
    }
    return RequestView(**{**values, **more})


def running(state: RunState = RunState.RUNNING, **more: Any) -> RequestView:
    """A started request with its run."""
    return view(
        request=request(state=RequestState.STARTED, approvals=(approval(),)), run=run(state, **more)
    )
