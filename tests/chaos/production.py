"""The production the chaos happens in: many services alike, judged by the second.

`write` makes a filmops.toml of it from the shipped one, whose people, roles, risks and levels
it keeps.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from sandbox.world import CHECKOUT

SERVICES = 14
"""More than stories that go on at a time: each has one to itself."""

SERVICE = """
[services.{key}]
title = "Service {key}"
cluster = "prod"
load_balancer = "{key}-alb"
url = "https://{key}.aifilmstudio.com"
log_group = "/aws/ecs/prod/{key}"

[services.{key}.colours.blue]
ecs_service = "{key}-blue"
target_group = "{key}-blue"
url = "https://blue.{key}.aifilmstudio.com"

[services.{key}.colours.green]
ecs_service = "{key}-green"
target_group = "{key}-green"
url = "https://green.{key}.aifilmstudio.com"

[services.{key}.deploy]
repository = "{key}"
boxes = []
migration = {{ family = "{key}-migrate" }}
"""

FAST = """
[thresholds]
error_rate = 0.5                # a second has few requests, and one of them may fail
p95_seconds = 2.0
minimum_requests = 1

[metrics]
period_seconds = 1
lag_seconds = 0
history_minutes = 1

[rollback]
watch_minutes = 1
give_up_seconds = 60

[deploy]
watch_minutes = 3
monitor_minutes = 4

[watch]
trigger_minutes = 2
blind_minutes = 3
production = "off"
"""

REPLACED = (
    *("services", "databases", "queues", "groups", "buckets"),
    *("thresholds", "metrics", "rollback", "deploy]", "watch]"),
)
"""The shipped file's sections that are not kept."""


def names() -> list[str]:
    """The services' keys."""
    return [f"svc-{number:02}" for number in range(1, SERVICES + 1)]


def write(target: Path, numbers: Mapping[str, int] | None = None) -> None:
    """Write it, with other numbers if given. A watch of some seconds is enough: how long they are
    is not what is tested here.
    """
    text = (CHECKOUT / "filmops.toml").read_text(encoding="utf-8")
    sections = re.split(r"(?m)^(?=\[)", text)
    kept = [s for s in sections if not s.removeprefix("[").startswith(REPLACED)]
    services = [SERVICE.format(key=key) for key in names()]
    target.write_text("".join([*kept, *services, FAST]), encoding="utf-8")
    change(target, numbers or {})


def change(target: Path, numbers: Mapping[str, int]) -> None:
    """Set each `name = value` of that name, wherever it stands."""
    text = target.read_text(encoding="utf-8")
    for name, number in numbers.items():
        text = re.sub(rf"(?m)^{name} = .*", f"{name} = {number}", text)
    target.write_text(text, encoding="utf-8")
