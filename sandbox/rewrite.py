"""The topology of the sandbox: the user's file with the services' addresses in the plant, and
without the lag of CloudWatch, which the plant has not (a person would wait six minutes for three).
Where the file names no SNS topic, it gets the plant's.

Comments and order are kept, so a person who opens the file recognises theirs. Used by
`sandbox.world` once the plant has said where it listens; the bot then reads the result.
"""

from __future__ import annotations

import re
from pathlib import Path

from bot.topology import load
from sandbox.topics import topic_of

SECTION = re.compile(r"""^\s*\[services\.["']?([a-z0-9-]+)["']?(?:\.colours\.(blue|green))?\]""")
ANY_SECTION = re.compile(r"^\s*\[")
LAG = re.compile(r"^(\s*lag_seconds\s*=\s*)[\d._]+")
URL = re.compile(r"^(\s*url\s*=\s*)(\"[^\"]*\"|'[^']*')")

TOPICS = re.compile(r"^(\s*sns_topics\s*=\s*)\[\s*\]")


def write_derived(source: Path, target: Path, plant: str | None) -> None:
    """Write `source` to `target` with each `url` of a service or colour below the plant, and check.

    Without a plant the file is copied. Raises ValueError when a service's address is not
    written as a line of its own (`url = "…"` in `[services.name]`).
    """
    text = source.read_text(encoding="utf-8")
    if plant is None:
        target.write_text(text, encoding="utf-8")
        return
    base = f"{plant.rstrip('/')}/_product"
    target.write_text(_rewritten(text, base, topic_of(load(source))), encoding="utf-8")
    for key, service in load(target).services.items():
        if service.url != f"{base}/{key}":
            raise ValueError(f"{source}: services.{key}.url must be a line of its own")
        for colour, half in service.colours.items():
            if half.url not in (None, f"{base}/{key}@{colour}"):
                where = f"services.{key}.colours.{colour}.url"
                raise ValueError(f"{source}: {where} must be a line of its own")


def _rewritten(text: str, base: str, topic: str) -> str:
    place: str | None = None
    lines: list[str] = []
    for line in text.splitlines(keepends=True):
        changed = TOPICS.sub(rf'\g<1>["{topic}"]', LAG.sub(r"\g<1>0", line))
        if ANY_SECTION.match(line):
            found = SECTION.match(line)
            place = "@".join(filter(None, found.groups())) if found else None
        elif place is not None:
            changed = URL.sub(lambda url, at=place: f'{url.group(1)}"{base}/{at}"', line)  # type: ignore[misc]
        lines.append(changed)
    return "".join(lines)
