"""[[freezes]] that cannot be meant stop the start."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import ConfigurationError
from bot.topology import load
from tests.stage import SHIPPED

pytestmark = pytest.mark.unit

Loaded = Callable[[str], list[str]]


@pytest.fixture
def mistakes(tmp_path: Path) -> Loaded:
    """What is wrong with the shipped file and these freezes."""

    def look(text: str) -> list[str]:
        path = tmp_path / "filmops.toml"
        path.write_text(SHIPPED.read_text(encoding="utf-8") + text, encoding="utf-8")
        try:
            load(path)
        except ConfigurationError as error:
            return [line.removeprefix(f"{path}: ") for line in error.mistakes]
        return []

    return look


def entry(*lines: str) -> str:
    return "\n".join(["", "[[freezes]]", 'name = "Premiere"', *lines, ""])


FROM, UNTIL = "from = 2026-12-11T18:00:00", "until = 2026-12-12T10:00:00"
WEEKLY = 'weekly = "Fri 16:00 - Mon 08:00"'


def test_what_the_shipped_file_shows_as_examples_is_right(mistakes: Loaded) -> None:
    shipped = SHIPPED.read_text(encoding="utf-8")
    commented = shipped[shipped.index("# [[freezes]]") :].split("\n\n")[0]
    lines = [line.removeprefix("#").removeprefix(" ") for line in commented.splitlines()]
    assert 'weekly = "Fri 16:00 - Mon 08:00"' in lines
    assert mistakes("\n" + "\n".join(lines) + "\n") == []


def test_with_and_without_an_offset_is_right(mistakes: Loaded) -> None:
    assert mistakes(entry(FROM, "until = 2026-12-12T10:00:00+01:00")) == []


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([FROM], "'Premiere' needs both from and until"),
        ([UNTIL], "'Premiere' needs both from and until"),
        ([], "'Premiere' needs from and until, or weekly, and not both"),
        ([FROM, UNTIL, WEEKLY], "'Premiere' needs from and until, or weekly, and not both"),
        ([FROM, "until = 2026-12-11T18:00:00"], "'Premiere' ends before it begins"),
        (["from = 2026-12-11T18:00:00Z", "until = 2026-12-11T17:00:00"], "ends before it begins"),
        (["from = 2026-12-11", UNTIL], "write a date with its time"),
        (['from = "2026-12-11T18:00:00"', UNTIL], "write a date with its time"),
        (['weekly = "Fri 16:00"'], "write it like Fri 16:00 - Mon 08:00"),
        (['weekly = "Fri 24:00 - Mon 08:00"'], "write it like Fri 16:00 - Mon 08:00"),
        (['weekly = "Fri 16:60 - Mon 08:00"'], "write it like Fri 16:00 - Mon 08:00"),
        (["weekly = 7"], "write it like Fri 16:00 - Mon 08:00"),
        (['weekly = "Fri 16:00 - Fri 16:00"'], "it begins and ends in the same minute"),
        ([WEEKLY, 'services = ["web"]'], "'Premiere' names 'web', which the file does not define"),
        ([WEEKLY, "every = 1"], "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_meant_is_one_line(mistakes: Loaded, lines: list[str], said: str) -> None:
    (line,) = mistakes(entry(*lines))
    assert line.startswith(("freezes", "the file: freezes"))
    assert said in line


def test_a_service_that_could_never_be_deployed_is_named(mistakes: Loaded) -> None:
    always = entry('weekly = "Mon 00:00 - Fri 16:00"', 'services = ["backend"]')
    (line,) = mistakes(always + entry('weekly = "Fri 15:00 - Mon 00:00"'))
    assert "together the weekly ones never let backend be deployed" in line
