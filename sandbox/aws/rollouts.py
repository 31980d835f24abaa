"""How an ECS service comes to run a new version or another number of tasks.

The ECS mend and `knobs` begin it, `schedule` drives it on. Every task goes PENDING → RUNNING,
its target `initial` → `healthy`; when all the new ones are, the old ones drain. A task that
stops or never passes is counted and tried again, until the circuit breaker ends the deployment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moto.core.utils import utcnow
from moto.ecs.models import Service as EcsService
from moto.ecs.models import Task

from sandbox.aws import deployments, fleet, images, service_logs, tasks
from sandbox.aws.plant import Plant
from sandbox.aws.releases import Release

# Seconds of the schedule's clock. ECS takes minutes.
PLACE_SECONDS = 0.2
STAGGER_SECONDS = 0.1
PULL_SECONDS = 0.4
WARM_SECONDS = 0.7
UNHEALTHY_SECONDS = 0.5
SETTLE_SECONDS = 0.5
SCALE_SECONDS = 0.5
RETRY_SECONDS = 0.4
LONGEST_RETRY_SECONDS = 30.0


def deploy(plant: Plant, service: EcsService, definition: str, reason: str | None = None) -> None:
    """Begin to replace the service's tasks; the old deployment stays until they are gone."""
    for older in service.deployments:
        older["status"] = "ACTIVE"
    newest = deployments.deployment(service, definition, utcnow())
    newest["rolloutStateReason"] = reason or newest["rolloutStateReason"]
    service.task_definition = definition
    service.deployments.insert(0, newest)
    deployments.event(service, f"has started a deployment {newest['id']}.")
    fleet.count(plant, service)
    plant.schedule.after(PLACE_SECONDS, Rollout(plant, service, newest).go_on)


def replace_now(plant: Plant, service: EcsService, definition: str) -> None:
    """A deployment that is over at once, as if it had been done before anybody looked."""
    service.task_definition = definition
    service.deployments[:] = [deployments.deployment(service, definition, utcnow())]
    old = fleet.tasks_of(plant, service, "RUNNING", "PENDING")
    for _ in range(service.desired_count or 0):
        fleet.enter(plant, service, fleet.place(plant, service, "RUNNING"))
    fleet.retire(plant, service, old)
    fleet.adopt(plant, service)
    deployments.complete(service.deployments[0])
    fleet.count(plant, service)


def rescale(plant: Plant, service: EcsService) -> None:
    """Follow the desired count: no new deployment, only more or fewer tasks."""
    fleet.count(plant, service)
    rollout = Rollout(plant, service, service.deployments[0])
    plant.schedule.after(SCALE_SECONDS, rollout.go_on)


@dataclass(frozen=True, slots=True)
class Rollout:
    """One deployment being carried out. What it knows is in its entry and in its tasks."""

    plant: Plant
    service: EcsService
    entry: dict[str, Any]

    def go_on(self) -> None:
        """Place the tasks that are missing, or see that all is done."""
        if not self._live():
            self._shrink()
            return
        missing = (self.service.desired_count or 0) - len(self._mine("PENDING", "RUNNING"))
        for number in range(missing):
            task = fleet.place(self.plant, self.service, "PENDING")
            stagger = min(STAGGER_SECONDS, 0.6 / missing) * number
            self._after(PULL_SECONDS + stagger, self._start, task)
        if missing < 0:
            fleet.retire(self.plant, self.service, self._mine("PENDING", "RUNNING")[missing:])
        fleet.count(self.plant, self.service)
        if missing <= 0:
            self._look()

    def _start(self, task: Task) -> None:
        """The image is there, or not; the container runs, or ends at once."""
        trouble = images.trouble(self.plant, task)
        if trouble is not None:
            self._lost(task, tasks.never_started(trouble))
            return
        tasks.mark(task, "RUNNING")
        if self._release().crashes:
            service_logs.crash(self.plant, task)
            self._lost(task, tasks.exited(1))
            return
        self.plant.warming.add(tasks.address(task))
        fleet.enter(self.plant, self.service, task)
        fleet.count(self.plant, self.service)
        self._after(WARM_SECONDS, self._pass, task)

    def _pass(self, task: Task) -> None:
        """The target's first health checks are over."""
        self.plant.warming.discard(tasks.address(task))
        if self._release().quality.fails_health:
            self.plant.failing.add(tasks.address(task))
            self._after(UNHEALTHY_SECONDS, self._unhealthy, task)
            return
        fleet.adopt(self.plant, self.service)
        self._look()

    def _unhealthy(self, task: Task) -> None:
        """The balancer has given the target up, and so does ECS."""
        groups = ", ".join(str(each["targetGroupArn"]) for each in self.service.load_balancers)
        reason = f"Task failed ELB health checks in (target-group {groups})"
        code = "ServiceSchedulerInitiated"
        self._lost(task, tasks.Ending(code=code, reason=reason, exit_code=137))

    def _look(self) -> None:
        """When every task has passed, let the old ones go."""
        not_passed = self.plant.warming | self.plant.failing
        passed = [t for t in self._mine("RUNNING") if tasks.address(t) not in not_passed]
        desired = self.service.desired_count or 0
        if self.entry["rolloutState"] != "IN_PROGRESS" or len(passed) < desired:
            return
        everything = fleet.tasks_of(self.plant, self.service, "RUNNING", "PENDING")
        old = [task for task in everything if task.started_by != self.entry["id"]]
        fleet.retire(self.plant, self.service, old)
        fleet.count(self.plant, self.service)
        self.plant.schedule.after(SETTLE_SECONDS, self._complete)

    def _complete(self) -> None:
        if not self._live() or self.entry["rolloutState"] != "IN_PROGRESS":
            return
        self.service.deployments[1:] = []
        deployments.complete(self.entry)
        # Also with no task at all it is now this version that would serve.
        fleet.adopt(self.plant, self.service)
        deployments.event(self.service, "has reached a steady state.")
        self.go_on()

    def _shrink(self) -> None:
        """A deployment that failed starts nothing any more, but what is too much goes."""
        if self.service.deployments[0]["id"] == self.entry["id"]:
            there = fleet.tasks_of(self.plant, self.service, "PENDING", "RUNNING")
            fleet.retire(self.plant, self.service, there[self.service.desired_count or 0 :])
            fleet.count(self.plant, self.service)

    def _lost(self, task: Task, ending: tasks.Ending) -> None:
        fleet.end(self.plant, self.service, task, ending)
        self.entry["failedTasks"] += 1
        fleet.count(self.plant, self.service)
        if deployments.broken(self.service, self.entry):
            self._fail()
            return
        failed = self.entry["failedTasks"]
        pause = min(LONGEST_RETRY_SECONDS, RETRY_SECONDS * 2 ** max(0, min(failed, 20) - 3))
        self.plant.schedule.after(pause, self.go_on)

    def _fail(self) -> None:
        """The circuit breaker: no more tasks, and back to the last deployment that completed."""
        back = deployments.fail(self.service, self.entry)
        fleet.retire(self.plant, self.service, self._mine("PENDING", "RUNNING"))
        fleet.count(self.plant, self.service)
        if back is not None:
            reason = f"{deployments.BREAKER}: rolling back to deploymentId {back['id']}."
            deploy(self.plant, self.service, str(back["taskDefinition"]), reason)

    def _after(self, seconds: float, step: Any, task: Task) -> None:
        """Do a step with a task later, if both still matter then."""

        def later() -> None:
            if task.desired_status == "RUNNING" and self._live():
                step(task)

        self.plant.schedule.after(seconds, later)

    def _live(self) -> bool:
        """Whether this is still the service's PRIMARY deployment and may start tasks."""
        return (
            self.service.status == "ACTIVE"
            and self.service.deployments[0]["id"] == self.entry["id"]
            and self.entry["rolloutState"] != "FAILED"
        )

    def _mine(self, *statuses: str) -> list[Task]:
        there = fleet.tasks_of(self.plant, self.service, *statuses)
        if self.entry["rolloutState"] == "COMPLETED":
            return there
        return [task for task in there if task.started_by == self.entry["id"]]

    def _release(self) -> Release:
        owner = fleet.owner_of(self.plant, self.service)
        version = fleet.image_version(self.plant, self.service)
        return self.plant.release_of(owner[0], version) if owner else Release()
