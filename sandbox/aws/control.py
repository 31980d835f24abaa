"""What tests and the sandbox's page may see and do under `/_control/`, JSON in and out.

Names in answers are the topology's. A body that does not fit is 400 with the reason.

    GET  state calls faults             how things are, what was called, what is armed
    POST faults deny alarm advance reset    DELETE faults deny
    POST release colour scale weights workflow customers task-exit real-migrations schema metrics
         window subnets object objects workers restored speed   `sandbox.aws.knobs`
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import Any

from werkzeug import Request, Response

from bot.topology import Colour, Service
from sandbox.aws import fleet, health, product, routing
from sandbox.aws.alarms import Alarms
from sandbox.aws.knobs import KNOBS
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
            ("POST", "advance"): lambda body: runner.advance(int(body["seconds"])),
            ("POST", "reset"): lambda body: runner.reset(body.get("scenario", "bad-release")),
            ("POST", "alarm"): self.alarms.tell,
            ("POST", "deny"): lambda body: plant.denied.add(str(body["action"])),
            ("DELETE", "deny"): lambda _: plant.denied.clear(),
            **{("POST", name): partial(knob, plant) for name, knob in KNOBS.items()},
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
            "speed": plant.schedule.speed,
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
            "version": fleet.image_version(plant, running),
            "serving": product.version(plant, service, colour),
            "weight": weights[-1].get(colour, 0) if weights else 0,
            "share": round(routing.shares(plant, service)[colour], 4),
            "running": running.running_count,
            "desired": running.desired_count,
            "healthy_targets": targets.healthy,
            "unhealthy_targets": targets.unhealthy,
            "initial_targets": targets.initial,
            "error_rate": quality.error_rate,
            "p95_seconds": quality.p95_seconds,
            "target_group_arn": group.arn,
        }

    def _calls(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"calls": self._plant.calls.listing(body.get("action"), body.get("service"))}

    def _arm(self, body: dict[str, Any]) -> None:
        self._plant.faults.arm(body)


def _json(body: Any, status: int) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")
