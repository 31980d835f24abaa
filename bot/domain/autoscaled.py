"""Who scales what, and whether that is as it should be: the lines of `/filmops autoscaling`.

Before: what AWS says of a colour or a group, and what the topology expects. After: `blocks`. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.capacity import Autoscaling, Fleet, Policy, Stopped
from bot.domain.live import Missing, Tasks
from bot.topology import Colour, Expected, Group, Service


class Judgement(StrEnum):
    """How a line stands. UNKNOWN: it could not be read."""

    OK = "OK"
    MISSING = "MISSING"
    CONTRADICTS = "CONTRADICTS"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that was looked at, and what mends it."""

    judgement: Judgement
    said: str
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """All lines about one ECS service or one group."""

    title: str
    lines: tuple[Line, ...]

    @property
    def wrong(self) -> int:
        """How many are not OK."""
        return sum(line.judgement is not Judgement.OK for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Half:
    """One colour as read; `serves` is None when both colours have traffic."""

    found: Autoscaling | Missing | None
    tasks: Tasks | Missing
    serves: bool | Missing | None


_ROLES: Mapping[bool | Missing | None, str] = {True: ", which serves", False: ", idle"}


def of_service(
    service: Service, colour: Colour, half: Half, *, other: Half, warm_tasks: int
) -> Subject:
    """A colour of a service. `warm_tasks`: how many an idle colour keeps after a deployment."""
    role = _ROLES.get(half.serves, "")
    title = f"{service.colours[colour].ecs_service} ({service.key} {colour}{role})"
    found = half.found
    if isinstance(found, Missing):
        return Subject(title=title, lines=(_unknown(found),))
    if found is None:
        return Subject(title=title, lines=(_no_target(service, other),))
    where = f"/filmops scale {service.key}" if half.serves is True else ""
    lines = [*_common(found, service.autoscaling, f"services.{service.key}", where)]
    if isinstance(half.serves, Missing):
        lines.append(_unknown(half.serves, "whether it serves"))
    if isinstance(half.tasks, Missing):
        lines.append(_unknown(half.tasks, "its tasks"))
    else:
        lines += _count(found, half.tasks.desired, "tasks", where)
    if half.serves is False and service.deploy is not None and found.minimum > warm_tasks:
        lines.append(
            Line(
                judgement=Judgement.CONTRADICTS,
                said=f"min is {found.minimum}, and after a deployment the idle colour is scaled in "
                f"to {warm_tasks}: autoscaling would start tasks again.",
                fix=f"deploy.warm_tasks = {found.minimum} in filmops.toml, or a lower min.",
            )
        )
    return Subject(title=title, lines=tuple(lines))


def of_group(group: Group, fleet: Fleet | Missing) -> Subject:
    """A worker group."""
    title = f"{group.autoscaling_group} ({group.title or group.key})"
    if isinstance(fleet, Missing):
        return Subject(title=title, lines=(_unknown(fleet),))
    found, where = fleet.autoscaling, f"/filmops scale {group.key}"
    lines = [*_common(found, group.autoscaling, f"groups.{group.key}", where)]
    lines += [
        Line(
            judgement=Judgement.CONTRADICTS,
            said=f"{stopped} is suspended: nobody can scale it.",
            fix="Resume that process of the group in AWS.",
        )
        for stopped in (Stopped.LAUNCH, Stopped.TERMINATE)
        if stopped in found.suspended
    ]
    lines += _count(found, fleet.desired, "instances", where)
    return Subject(title=title, lines=tuple(lines))


def _unknown(part: Missing, what: str = "") -> Line:
    said = f"{what} could not be read: {part.reason}".lstrip()
    return Line(judgement=Judgement.UNKNOWN, said=said, fix=part.hint or "Ask again.")


def _no_target(service: Service, other: Half) -> Line:
    """Missing where one is expected, or where the other colour has one."""
    expected, twin = service.autoscaling, other.found
    if expected is None and not isinstance(twin, Autoscaling):
        return Line(judgement=Judgement.OK, said="no scalable target: nobody else sets its count")
    like = f" as the other colour has ({twin.bounds})" if isinstance(twin, Autoscaling) else ""
    return Line(
        judgement=Judgement.MISSING,
        said="no scalable target: it is not scaled when it serves",
        fix=f"Register one in AWS, with its policies{like}.",
    )


def _common(found: Autoscaling, expected: Expected | None, path: str, where: str) -> Iterator[Line]:
    """What colours and groups share: bounds, policies, alarms, the calendar, what is suspended."""
    yield from _bounds(found, expected, path, where)
    yield from _policies(found, expected, path)
    for each in found.scheduled:
        yield Line(judgement=Judgement.OK, said=f"scheduled action {each.words}")
    for stopped in (Stopped.GROWING, Stopped.SHRINKING, Stopped.SCHEDULE):
        if stopped in found.suspended:
            yield Line(
                judgement=Judgement.CONTRADICTS,
                said=f"{stopped} is suspended",
                fix="Resume it in AWS.",
            )


def _bounds(found: Autoscaling, expected: Expected | None, path: str, where: str) -> Iterator[Line]:
    wanted = (
        ("min", found.minimum, expected.minimum if expected else None),
        ("max", found.maximum, expected.maximum if expected else None),
    )
    fine = True
    for name, is_so, should in wanted:
        if should not in (None, is_so):
            fine = False
            move = f"{where} --{name} {should}, or " if where else ""
            yield Line(
                judgement=Judgement.CONTRADICTS,
                said=f"{name} is {is_so}, {path}.autoscaling says {should}",
                fix=f"{move}correct {path}.autoscaling.{name} in filmops.toml.",
            )
    if found.policies and found.minimum == found.maximum:
        fine = False
        yield Line(
            judgement=Judgement.CONTRADICTS,
            said=f"min and max are both {found.minimum}: its policies can do nothing",
            fix=f"{where} --max {found.maximum + 1}" if where else "Set other bounds in AWS.",
        )
    if fine:
        yield Line(judgement=Judgement.OK, said=f"between {found.minimum} and {found.maximum}")


def _policies(found: Autoscaling, expected: Expected | None, path: str) -> Iterator[Line]:
    if not found.policies:
        yield Line(
            judgement=Judgement.MISSING,
            said="no policy: bounds alone scale nothing",
            fix="Put a target tracking policy in AWS.",
        )
    for policy in found.policies:
        if policy.alarms:
            yield Line(judgement=Judgement.OK, said=f"policy {policy.words}")
        else:
            yield Line(
                judgement=Judgement.MISSING,
                said=f"policy {policy.words} has no alarm: it never acts",
                fix="Put the policy anew in AWS: it makes its alarms.",
            )
    if expected is not None and expected.metric and found.policies:
        yield from _target(found.policies, expected, path)


def _target(policies: tuple[Policy, ...], expected: Expected, path: str) -> Iterator[Line]:
    following = [policy for policy in policies if policy.metric == expected.metric]
    if not following:
        yield Line(
            judgement=Judgement.MISSING,
            said=f"no policy follows {expected.metric}, as {path}.autoscaling says",
            fix="Put one in AWS, or correct filmops.toml.",
        )
    for policy in following:
        if expected.target is not None and policy.target != expected.target:
            yield Line(
                judgement=Judgement.CONTRADICTS,
                said=f"{policy.words}, {path}.autoscaling says {expected.target:g}",
                fix="Change the policy in AWS, or filmops.toml.",
            )


def _count(found: Autoscaling, desired: int, what: str, where: str) -> Iterator[Line]:
    if found.minimum <= desired <= found.maximum:
        return
    nearest = min(max(desired, found.minimum), found.maximum)
    yield Line(
        judgement=Judgement.CONTRADICTS,
        said=f"{desired} {what} are wanted, outside {found.bounds}",
        fix=f"{where} {nearest}" if where else "It is brought back when a policy acts.",
    )
