"""Charts are real pictures: of the promised size, light enough, and not blank."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from bot.adapters.charts import MatplotlibCharts
from bot.adapters.memory.charts import MemoryCharts
from bot.domain.chart import Chart, Mark, Point, Series
from bot.ports import Charts
from bot.topology import Colour

pytestmark = pytest.mark.unit

BEGAN = datetime(2026, 11, 24, 22, 50, tzinfo=UTC)
HATCH, BLUE, GREEN = (179, 64, 10), (0, 114, 178), (0, 128, 93)


def point(number: int, rate: float | None = 0.002, *, breach: bool = False) -> Point:
    return Point(
        start=BEGAN + timedelta(minutes=number),
        requests=400,
        error_rate=rate,
        p95_seconds=None if rate is None else 0.2 + rate,
        breach=breach,
    )


def chart(*points: Point, title: str = "R12 deploy backend", minutes: float = 1) -> Chart:
    return Chart(
        title=title,
        zone="Europe/Berlin",
        period=timedelta(minutes=minutes),
        error_rate=0.05,
        p95_seconds=0.5,
        series=(
            Series(colour=Colour.GREEN, name="green (v1.4.3)", points=points),
            Series(colour=Colour.BLUE, name="blue", points=tuple(map(point, range(9)))),
        ),
        marks=(Mark(at=BEGAN, label="5 %"), Mark(at=BEGAN + timedelta(seconds=20), label="25 %")),
    )


@pytest.fixture
def charts() -> Iterator[MatplotlibCharts]:
    made = MatplotlibCharts()
    yield made
    made.close()


async def drawn(charts: Charts, of: Chart) -> Image.Image:
    content = await charts.minutes(of)
    assert len(content) < 150_000
    with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
        return picture.convert("RGB")


def dots(picture: Image.Image, colour: tuple[int, int, int]) -> int:
    """How much of the picture has that colour."""
    counted = picture.getcolors(maxcolors=picture.width * picture.height)
    return sum(number for number, found in counted or [] if found == colour)


async def test_a_chart_has_its_size_a_white_ground_and_both_lines(charts: MatplotlibCharts) -> None:
    picture = await drawn(charts, chart(*map(point, range(9))))
    assert picture.size == (1200, 700)
    assert picture.getpixel((0, 0)) == (255, 255, 255)
    assert dots(picture, BLUE) > 500
    assert dots(picture, GREEN) > 500


async def test_a_minute_in_breach_is_hatched_and_crossed(charts: MatplotlibCharts) -> None:
    good = await drawn(charts, chart(*map(point, range(9))))
    bad = await drawn(charts, chart(*map(point, range(8)), point(8, 0.08, breach=True)))
    assert dots(bad, HATCH) > dots(good, HATCH) + 500


async def test_one_after_the_other_and_each_whole(charts: MatplotlibCharts) -> None:
    wanted = [chart(*map(point, range(number))) for number in (3, 9)]
    alone = [await charts.minutes(one) for one in wanted]
    assert await asyncio.gather(*map(charts.minutes, wanted)) == alone


@pytest.mark.parametrize(
    "odd",
    [
        chart(),
        chart(point(0, None), point(3), point(7, None)),
        chart(*map(point, range(300))),
        chart(point(0), minutes=1 / 60),
        chart(point(0), title="🚀 日本 $x^$ \N{RIGHT-TO-LEFT OVERRIDE} Köln\n" + "long " * 40),
        Chart(
            title="Nothing",
            zone="UTC",
            period=timedelta(minutes=1),
            error_rate=0.05,
            p95_seconds=0.5,
            series=(),
        ),
    ],
    ids=["one colour", "gaps", "a long watch", "seconds", "odd letters", "nothing"],
)
async def test_whatever_was_seen_can_be_drawn_without_a_warning(
    charts: MatplotlibCharts, odd: Chart
) -> None:
    picture = await drawn(charts, odd)
    assert len(picture.getcolors(maxcolors=840_000) or []) > 10


def test_matplotlib_is_imported_at_the_first_chart_and_writes_nothing_into_home(
    tmp_path: Path,
) -> None:
    (tmp_path / "tmp").mkdir()
    told = subprocess.run(
        [sys.executable, "-W", "error", "-c", FIRST_CHART],
        env={"HOME": str(tmp_path), "TMPDIR": str(tmp_path / "tmp"), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stdout, told.stderr) == (0, "PNG\n", "")
    assert [path.relative_to(tmp_path) for path in tmp_path.rglob("*")] == [Path("tmp")]


FIRST_CHART = """
import asyncio, sys
from datetime import timedelta
from bot.adapters.charts import MatplotlibCharts
from bot.domain.chart import Chart
nothing = Chart(title="", zone="UTC", period=timedelta(minutes=1), error_rate=0.05,
                p95_seconds=0.5, series=())
charts = MatplotlibCharts()
assert "matplotlib" not in sys.modules
print(asyncio.run(charts.minutes(nothing))[1:4].decode())
charts.close()
"""


async def test_the_twin_gives_a_picture_and_keeps_what_it_was_asked() -> None:
    twin = MemoryCharts()
    assert (await drawn(twin, chart())).size == (1, 1)
    assert twin.asked == [chart()]
