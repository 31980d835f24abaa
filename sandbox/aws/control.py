"""The plant's knobs under `/_control/`, JSON in and out, for tests and the sandbox's page.

Names in answers are the topology's. A body that does not fit is 400 with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from werkzeug import Request, Response

from bot.topology import Colour, Service
from sandbox.aws import deployments, fleet, health, product, routing, seed
from sandbox.aws.alarms import Alarms
from sandbox.aws.plant import Plant
from sandbox.aws.runner import Runner


class Control:
    """One per plant."""

    def __init__(self, plant: Plant, runner: Runner) -> None:
        self._plant = plant
        self.alarms = Alarms(plant.topology, plant.options.alerts_url)
        self._runner = runner
        self._routes: dict[tuple[str, str], Callable[[dict[str, Any]], Any]] = {
            ("GET", "state"): self._state,
            ("GET", "calls"): self._calls,
            ("GET", "faults"): lambda _: {"faults": plant.faults.listing()},
            ("POST", "faults"): self._arm,
            ("DELETE", "faults"): lambda _: plant.faults.clear(),
            ("POST", "colour"): self._colour,
            ("POST", "weights"): self._weights,
            ("POST", "advance"): lambda body: runner.advance(int(body["seconds"])),
            ("POST", "reset"): lambda body: runner.reset(body.get("scenario", "bad-release")),
            ("POST", "alarm"): self.alarms.tell,
            ("POST", "task-exit"): self._task_exit,
            ("POST", "deny"): lambda body: plant.denied.add(str(body["action"])),
            ("DELETE", "deny"): lambda _: plant.denied.clear(),
        }

    def answer(self, request: Request) -> Response:
        """Carry out one request."""
        route = self._routes.get((request.method, request.path.removeprefix("/_control/")))
        if route is None:
            return _json({"error": "unknown", "known": [" ".join(r) for r in self._routes]}, 404)
        try:
            body = json.loads(request.get_data() or b"{}") | request.args.to_dict()
            # An alarm waits for the bot, which may be waiting for the plant.
            with nullcontext() if route == self.alarms.tell else self._plant.lock:
                return _json(route(body) or {"ok": True}, 200)
        except (KeyError, TypeError, ValueError) as error:
            return _json({"error": f"{type(error).__name__}: {error}"}, 400)

    def _state(self, body: dict[str, Any]) -> dict[str, Any]:
        plant = self._plant
        return {
            "account": plant.account,
            "region": plant.region,
            "denied": sorted(plant.denied),
            "services": {
                key: {str(colour): self._half(service, colour) for colour in Colour}
                for key, service in plant.topology.services.items()
            },
        }

    def _half(self, service: Service, colour: Colour) -> dict[str, Any]:
        plant = self._plant
        group, running = (
            plant.target_group(service, colour),
            fleet.ecs_service(plant, service, colour),
        )
        targets, quality = health.group_health(plant, group), plant.qualities[service.key, colour]
        weights = [
            w
            for rule in routing.rules(plant, service)
            if (w := routing.weights(plant, service, rule.actions))
        ]
        return {
            "version": product.version(plant, service, colour),
            "weight": weights[-1].get(colour, 0) if weights else 0,
            "share": round(routing.shares(plant, service)[colour], 4),
            "running": running.running_count,
            "desired": running.desired_count,
            "healthy_targets": targets.healthy,
            "unhealthy_targets": targets.unhealthy,
            "error_rate": quality.error_rate,
            "p95_seconds": quality.p95_seconds,
            "target_group_arn": group.arn,
        }

    def _calls(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"calls": self._plant.calls.listing(body.get("action"), body.get("service"))}

    def _arm(self, body: dict[str, Any]) -> None:
        self._plant.faults.arm(body)

    def _service(self, body: dict[str, Any]) -> Service:
        return self._plant.topology.services[body.pop("service")]

    def _colour(self, body: dict[str, Any]) -> None:
        """Any of error_rate, p95_seconds, unhealthy_targets, running, version."""
        service, colour = self._service(body), Colour(body.pop("colour"))
        running, version = body.pop("running", None), body.pop("version", None)
        ecs_service = fleet.ecs_service(self._plant, service, colour)
        if version is not None:
            definition = seed.register(self._plant, service, service.key, str(version))
            deployments.deploy(self._plant, ecs_service, definition)
            newest = str(ecs_service.deployments[0]["id"])
            deployments.finish(self._plant, ecs_service, newest)
        if running is not None:
            fleet.scale(self._plant, ecs_service, int(running))
        # After the version, which brings a quality of its own.
        old = self._plant.qualities[service.key, colour]
        self._plant.qualities[service.key, colour] = replace(old, **body)

    def _weights(self, body: dict[str, Any]) -> None:
        service = self._service(body)
        new = {colour: int(body[colour]) for colour in Colour}
        if not all(0 <= weight <= 999 for weight in new.values()):
            raise ValueError("weights are 0 to 999")
        routing.set_weights(self._plant, service, new)

    def _task_exit(self, body: dict[str, Any]) -> None:
        self._plant.exit_codes[str(body["family"])] = int(body["exitCode"])


def _json(body: Any, status: int) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")
