"""Autoscaling is compared with what it should be: each thing OK, missing or contradicting."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.autoscaled import Half, Judgement, Subject, of_group, of_service
from bot.domain.capacity import Autoscaling, Fleet, Policy, Scheduled, Stopped
from bot.domain.live import Missing, Tasks
from bot.topology import Colour, Expected, Topology, load
from tests.productions import tracking
from tests.stage import SHIPPED

pytestmark = pytest.mark.unit

CPU = tracking("backend-cpu", "ECSServiceAverageCPUUtilization", 60)
FINE = Autoscaling(minimum=2, maximum=10, policies=(CPU,))
TASKS = Tasks(desired=3, running=3, pending=0, task_definition="arn", image="a:v1")


@pytest.fixture(scope="module")
def topology() -> Topology:
    return load(SHIPPED)


def judged(
    topology: Topology,
    found: Autoscaling | Missing | None = FINE,
    *,
    tasks: Tasks | Missing = TASKS,
    serves: bool | Missing | None = True,
    other: Autoscaling | None = FINE,
    warm: int = 0,
    **about: Any,
) -> Subject:
    """What is said of blue."""
    service = topology.services["backend"].model_copy(update=about)
    twin = Half(found=other, tasks=TASKS, serves=False)
    half = Half(found=found, tasks=tasks, serves=serves)
    return of_service(service, Colour.BLUE, half, other=twin, warm_tasks=warm)


def wrong(subject: Subject) -> list[tuple[str, str, str]]:
    """What is not OK, with its fix."""
    bad = (line for line in subject.lines if line.judgement is not Judgement.OK)
    return [(str(line.judgement), line.said, line.fix) for line in bad]


def test_as_it_should_be_it_is_ok_line_by_line(topology: Topology) -> None:
    subject = judged(topology)
    assert subject.title == "backend-service-blue (backend blue, which serves)"
    assert [line.said for line in subject.lines] == ["between 2 and 10", f"policy {CPU.words}"]
    assert wrong(subject) == []


def test_a_colour_without_a_target_lacks_it_where_one_is_expected(topology: Topology) -> None:
    ((judgement, said, fix),) = wrong(judged(topology, None))
    assert (judgement, said) == ("MISSING", "no scalable target: it is not scaled when it serves")
    assert "as the other colour has (2 to 10)" in fix
    assert wrong(judged(topology, None, other=None, autoscaling=None)) == []


@pytest.mark.parametrize(
    ("found", "judgement", "said", "fix"),
    [
        (
            replace(FINE, minimum=3),
            "CONTRADICTS",
            "min is 3, services.backend.autoscaling says 2",
            "/filmops scale backend --min 2",
        ),
        (replace(FINE, policies=()), "MISSING", "no policy", "target tracking policy"),
        (replace(FINE, policies=(replace(CPU, alarms=()),)), "MISSING", "no alarm", "anew"),
        (
            replace(FINE, policies=(replace(CPU, target=80),)),
            "CONTRADICTS",
            "at 80), services.backend.autoscaling says 60",
            "Change the policy",
        ),
        (
            replace(FINE, policies=(Policy(name="steps", kind="steps", alarms=("a",)),)),
            "MISSING",
            "no policy follows ECSServiceAverageCPUUtilization",
            "Put one in AWS",
        ),
        (
            replace(FINE, suspended=frozenset({Stopped.SHRINKING})),
            "CONTRADICTS",
            "scaling in by policies is suspended",
            "Resume",
        ),
    ],
)
def test_each_thing_that_lacks_or_contradicts_has_a_line_with_its_fix(
    topology: Topology, found: Autoscaling, judgement: str, said: str, fix: str
) -> None:
    ((is_so, line, mend),) = wrong(judged(topology, found))
    assert is_so == judgement
    assert said in line
    assert fix in mend


def test_a_count_outside_its_bounds_contradicts(topology: Topology) -> None:
    ((_, said, fix),) = wrong(judged(topology, tasks=replace(TASKS, desired=12)))
    assert said == "12 tasks are wanted, outside 2 to 10"
    assert fix == "/filmops scale backend 10"


def test_bounds_that_are_one_let_policies_do_nothing(topology: Topology) -> None:
    found = replace(FINE, minimum=8, maximum=8)
    lines = wrong(judged(topology, found, autoscaling=Expected(), tasks=replace(TASKS, desired=8)))
    assert lines == [
        (
            "CONTRADICTS",
            "min and max are both 8: its policies can do nothing",
            "/filmops scale backend --max 9",
        )
    ]


def test_an_idle_colour_that_is_kept_up_against_the_deployment_contradicts(
    topology: Topology,
) -> None:
    ((_, said, fix),) = wrong(judged(topology, serves=False))
    assert "scaled in to 0: autoscaling would start tasks again" in said
    assert "deploy.warm_tasks = 2" in fix
    assert wrong(judged(topology, serves=False, warm=2)) == []


def test_what_could_not_be_read_is_unknown_and_the_calendar_is_shown(topology: Topology) -> None:
    assert wrong(judged(topology, Missing(reason="throttled"))) == [
        ("UNKNOWN", "could not be read: throttled", "Ask again.")
    ]
    night = Scheduled(name="night", when="cron(0 22 * * ? *)", minimum=2)
    subject = judged(
        topology,
        replace(FINE, scheduled=(night,)),
        tasks=Missing(reason="denied"),
        serves=Missing(reason="throttled"),
    )
    assert subject.title == "backend-service-blue (backend blue)"
    assert subject.lines[-3].said == "scheduled action night (cron(0 22 * * ? *)): min 2"
    assert wrong(subject) == [
        ("UNKNOWN", "whether it serves could not be read: throttled", "Ask again."),
        ("UNKNOWN", "its tasks could not be read: denied", "Ask again."),
    ]


def test_a_group_is_judged_the_same_and_by_what_is_suspended(topology: Topology) -> None:
    gpu, cpu = topology.groups["gpu"], tracking("gpu-cpu", "ASGAverageCPUUtilization", 70)
    scaling = Autoscaling(minimum=1, maximum=6, policies=(cpu,))
    fleet = Fleet(desired=2, members=(), autoscaling=scaling)
    assert wrong(of_group(gpu, fleet)) == []
    stopped = replace(scaling, maximum=4, suspended=frozenset({Stopped.LAUNCH}))
    lines = wrong(of_group(gpu, replace(fleet, desired=5, autoscaling=stopped)))
    assert [said for _, said, _ in lines] == [
        "max is 4, groups.gpu.autoscaling says 6",
        "launching instances is suspended: nobody can scale it.",
        "5 instances are wanted, outside 1 to 4",
    ]
    denied = Missing(reason="denied", hint="Allow it.")
    assert wrong(of_group(gpu, denied)) == [("UNKNOWN", "could not be read: denied", "Allow it.")]
