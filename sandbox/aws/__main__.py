"""`python -m sandbox.aws`: start the plant, say where it listens, stop on SIGTERM.

Started by the sandbox's supervisor and by tests. Exit code 2: it refused to start.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sys
import threading
from pathlib import Path

from bot.topology import load
from sandbox.aws import gate, lookups, server
from sandbox.aws.control import Control
from sandbox.aws.mends import (
    autoscaling,
    cloudwatch,
    ecr,
    ecs,
    elb,
    iam,
    others,
    rds,
    s3,
    task_definitions,
)
from sandbox.aws.plant import Options, Plant
from sandbox.aws.runner import Runner

# An access key AWS has given out. Its documentation's own end in EXAMPLE.
REAL_KEY = re.compile(r"^(AKIA|ASIA)[A-Z0-9]{12,}$")


def looks_real(access_key: str) -> bool:
    """Whether this could be a key to somebody's account."""
    return bool(REAL_KEY.match(access_key)) and not access_key.endswith("EXAMPLE")


def main(arguments: list[str] | None = None) -> int:
    """Run until told to stop."""
    options = _parse(arguments)
    if looks_real(os.environ.get("AWS_ACCESS_KEY_ID", "")):
        print(
            "AWS_ACCESS_KEY_ID looks real: the sandbox starts with fake keys only", file=sys.stderr
        )
        return 2
    plant = Plant(
        load(options.topology),
        Options(
            metrics_lag=options.metrics_lag,
            requests_per_second=options.requests_per_second,
            seed_minutes=options.seed_minutes,
            speed=options.speed,
            next_release=options.next_release,
            alerts_url=options.alerts_url,
            product_database=options.product_database,
            real_migrations=options.real_migrations,
        ),
    )
    lookups.install()
    gate.Gate(plant).install()
    for module in (autoscaling, cloudwatch, ecr, ecs, elb, iam, others, rds, s3, task_definitions):
        module.install(plant)
    runner = Runner(plant)
    runner.start()
    if plant.product is not None and plant.real_migrations:
        # Nobody waits for it, and it is there by the time somebody looks.
        threading.Thread(target=plant.product.start, name="database", daemon=True).start()
    _serve(plant, runner, options.port, options.announce)
    return 0


def _serve(plant: Plant, runner: Runner, port: int, announce: Path | None) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    http = server.bind(plant, Control(plant, runner), port)
    thread = threading.Thread(target=http.serve_forever, name="http", daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{http.server_port}"
    print(f"AWS plant at {url}", flush=True)
    if announce is not None:
        _announce(announce, url, plant)
    stop.wait()
    http.shutdown()
    http.server_close()
    runner.stop()
    if plant.product is not None:
        plant.product.stop()


def _announce(path: Path, url: str, plant: Plant) -> None:
    said: dict[str, object] = {"url": url, "pid": os.getpid()}
    if plant.product is not None:
        said |= {"product_database": plant.product.url, "real": plant.real_migrations}
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(said), encoding="utf-8")
    draft.replace(path)


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.aws", description=__doc__)
    parser.add_argument("--topology", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--announce", type=Path, help="file that gets {url, pid} when ready")
    parser.add_argument("--metrics-lag", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--requests-per-second", type=float, default=50.0)
    parser.add_argument("--seed-minutes", type=float, default=15.0)
    parser.add_argument("--speed", type=float, default=1.0, help="10: deployments take a tenth")
    parser.add_argument("--next-release", metavar="VERSION", help="pushed, and in staging")
    parser.add_argument("--alerts-url", help="where alarms are posted (`_control/alarm`)")
    parser.add_argument("--product-database", type=Path, metavar="DIRECTORY")
    parser.add_argument(
        "--real-migrations", action="store_true", help="by Alembic, on --product-database"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
