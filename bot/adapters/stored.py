"""Values as JSON and back: how every store, real or twin, writes down what it is given.

JSON is the common ground: a tuple comes back as a list, a StrEnum in a mapping as its text,
from PostgreSQL and from the twin alike.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python

from bot.domain.incident import Escalation, Happening, Incident, Page
from bot.domain.lock import Lock
from bot.domain.message import Attachment, Message
from bot.domain.plan import Call, Plan
from bot.domain.request import Request
from bot.domain.run import ChangeLogEntry, Run, Step

PLAN = TypeAdapter(Plan)
CALLS = TypeAdapter(tuple[Call, ...])
REQUEST = TypeAdapter(Request)
RUN = TypeAdapter(Run)
STEP = TypeAdapter(Step)
CHANGE = TypeAdapter(ChangeLogEntry)
LOCK = TypeAdapter(Lock)
MESSAGE = TypeAdapter(Message)
INCIDENT = TypeAdapter(Incident)
ESCALATION = TypeAdapter(Escalation)
PAGE = TypeAdapter(Page)
HAPPENING = TypeAdapter(Happening)


def written(value: Any) -> str:
    """A value (dataclasses included) as JSON text; TypeError or ValueError when it is none."""
    return json.dumps(
        value,
        default=to_jsonable_python,
        allow_nan=False,
        ensure_ascii=True,
        separators=(",", ":"),
    )


def plain(value: Any) -> Any:
    """A value as it will be read back: only dicts, lists, strings, numbers, booleans, None."""
    return json.loads(written(value))


def clean(text: str) -> str:
    """Text that PostgreSQL can hold: without NUL and lone halves of surrogate pairs."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def cleaned(file: Attachment | None) -> Attachment | None:
    """An attachment whose words are `clean`; its content is bytes and stays."""
    if file is None:
        return None
    return replace(file, name=clean(file.name), title=clean(file.title), alt=clean(file.alt))


def tidy(value: Any) -> Any:
    """`plain`, with every string `clean`: for JSON that the database itself takes apart."""
    match plain(value):
        case str() as text:
            return clean(text)
        case list() as items:
            return [tidy(item) for item in items]
        case dict() as members:
            return {clean(name): tidy(member) for name, member in members.items()}
        case other:
            return other
