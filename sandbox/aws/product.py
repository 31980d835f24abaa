"""The studio's product, answered by whichever colour the load balancer would choose.

`/_product/<service-key>/<path>` stands for `https://api.…/<path>`. Deterministic, so that a
probe can be asserted: the heaviest colour answers, and its errors show when most requests fail.
`/_product/<service-key>@<colour>/<path>` is one colour's own address, whatever the weights.
"""

from __future__ import annotations

import json

from werkzeug import Request, Response

from bot.topology import Colour, Service
from sandbox.aws import routing
from sandbox.aws.health import group_health
from sandbox.aws.plant import Plant

# Above this share of errors a single probe fails too.
MOSTLY_BROKEN = 0.5


def answer(plant: Plant, request: Request) -> Response:
    """Answer as the service's load balancer and colours would."""
    _, _, name, *rest = request.path.split("/", 3)
    key, _, own = name.partition("@")
    service = plant.topology.services.get(key)
    if service is None or own not in ("", *Colour):
        return _json({"error": f"no service {name!r}"}, 404)
    path = "/" + (rest[0] if rest else "")
    with plant.lock:
        if own:
            return _from(plant, service, Colour(own), request.method, path)
        rule = routing.match(plant, service, path)
        for action in rule.actions:
            if action.type == "fixed-response":
                config = action.data["FixedResponseConfig"]
                return Response(config.get("MessageBody", ""), int(config["StatusCode"]))
        colour = _chosen(routing.weights(plant, service, rule.actions))
        if colour is None:
            return _json({"error": "no target group has any weight"}, 503)
        return _from(plant, service, colour, request.method, path)


def version(plant: Plant, service: Service, colour: Colour) -> str:
    """The version a colour's customers are answered by, as it says itself."""
    said = plant.qualities[service.key, colour].wrong_version
    return said or plant.serving[service.key, colour][1]


def _chosen(weights: dict[Colour, int]) -> Colour | None:
    heaviest = max(weights.values(), default=0)
    return next((c for c in Colour if heaviest and weights.get(c) == heaviest), None)


def _from(plant: Plant, service: Service, colour: Colour, method: str, path: str) -> Response:
    if not group_health(plant, plant.target_group(service, colour)).healthy:
        return _json({"error": "no healthy target", "colour": colour}, 503)
    about = {"version": version(plant, service, colour), "colour": str(colour)}
    broken = plant.qualities[service.key, colour].error_rate > MOSTLY_BROKEN
    if (method, path) == ("GET", service.health_path):
        # The health check knows nothing of failing requests: that is why metrics are watched.
        return _json({"status": "ok", **about}, 200)
    if (method, path) == ("GET", service.version_path):
        return _json(about, 200)
    for flow in service.critical_flows:
        if (method, path) == (flow.method.upper(), flow.path):
            return _json({"flow": flow.name, **about}, 500 if broken else flow.expect)
    return _json({"error": "not found", **about}, 404)


def _json(body: dict[str, str], status: int) -> Response:
    return Response(json.dumps(body), status, content_type="application/json")
