"""Values that the store's contract tests ask with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.audit import Entry, Row, broken
from bot.domain.plan import Call, Change, Plan, StepSpec
from bot.domain.request import Answer, Approval, Request
from bot.domain.run import Run
from bot.ports import Store
from bot.topology import Risk

NOW = datetime(2026, 3, 1, 3, 0, 0, 123456, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
LEASE = timedelta(seconds=30)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def entry(action: str = "test", **detail: Any) -> Entry:
    return Entry(actor="U0MARA", action=action, subject="service/web", detail=detail)


def unwritable() -> Entry:
    """An audit entry that cannot be written: its detail is not JSON."""
    return Entry(actor="U0MARA", action="test", subject="x", detail={"bad": object()})


def plan(resource: str = "service/web", *, steps: int = 2) -> Plan:
    return Plan(
        operation="rollback",
        resource=resource,
        summary="Move web back to blue",
        steps=tuple(
            StepSpec(
                name=f"step-{number}",
                title=f"Step {number}",
                args={"colour": "blue", "weights": {"blue": 100}, "share": 0.1, "list": [1, None]},
                calls=(
                    Call(
                        service="elbv2",
                        action="modify_listener",
                        parameters={"ListenerArn": "arn:1", "Weight": 1e22},
                    ),
                ),
            )
            for number in range(steps)
        ),
        changes=(Change(subject="traffic", before="green 100", after="blue 100"),),
        facts={"default action": "green 100", "žlutý": "\u0000 \U0001f600"},
        evidence=("error rate 7 %",),
        warnings=("two minutes without data",),
        offers=("scale web 4",),
    )


def request(resource: str = "service/web", *, needed: int = 1, risk: Risk = Risk.CHANGE) -> Request:
    return Request(
        operation="rollback",
        params={"service": "web", "share": 0.25, "none": None},
        words="rollback web",
        actor="U0MARA",
        channel="ops-alerts",
        risk=risk,
        plan=plan(resource),
        needed=needed,
        asked_at=NOW,
        expires_at=after(900),
        reason="errors since the deploy",
    )


def yes(actor: str, *, at: datetime = NOW) -> Approval:
    return Approval(actor=actor, answer=Answer.APPROVE, plan_hash=plan().hash, at=at)


def no(actor: str, *, at: datetime = NOW) -> Approval:
    return Approval(actor=actor, answer=Answer.REJECT, plan_hash=plan().hash, at=at)


async def approved(store: Store, resource: str = "service/web") -> Request:
    asked = await store.requests.open(request(resource), entry("request"))
    decision = await store.requests.decide(asked.id, yes("U0IVO"), entry("approve"))
    assert decision is not None
    return decision.request


async def started(store: Store, resource: str = "service/web") -> Run:
    agreed = await approved(store, resource)
    run = await store.runs.start(agreed, agreed.plan, release="1", entry=entry("start"), now=NOW)
    assert run is not None
    return run


async def rows(store: Store) -> list[Row]:
    return [row async for row in store.audit.rows()]


async def intact(store: Store) -> list[str]:
    """The audit log's actions, once the chain is found whole."""
    found = await rows(store)
    assert broken(found, await store.audit.head()) is None
    return [row.entry.action for row in found]


async def wanted(store: Store, subject: str) -> int:
    """The version of a card, read by a claim that lasts no time."""
    cards = await store.cards.claim(now=NOW, lease_until=NOW, limit=100)
    return next(card.wanted for card in cards if card.subject == subject)
