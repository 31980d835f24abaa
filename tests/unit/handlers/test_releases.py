"""`releases`, as a person is answered: versions, what became of them, parts that are missing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.message import Message
from bot.domain.run import ChangeLogEntry
from bot.engine import look as looking
from bot.errors import OperationFailed, Temporary, UserError
from bot.topology import Colour
from tests.stage import EVE, Stage
from tests.unit.blocks.seeing import good, read

pytestmark = pytest.mark.unit


@pytest.fixture
def stage() -> Stage:
    """v1.4.1 to v1.4.3 are in the registry; blue (v1.4.2) serves, staging too."""
    stage = Stage()
    stage.production.images["backend"] = []
    for number in (1, 2, 3):
        pushed = stage.clock.now() - timedelta(days=4 - number)
        stage.production.push("backend", f"v1.4.{number}", pushed)
    return stage


def deployed(stage: Stage, run: int, version: str, outcome: str = "deployed") -> None:
    """A line of the change log; the newest last."""
    stage.tables.changes.append(
        ChangeLogEntry(
            run=run,
            resource="service/backend",
            operation="deploy",
            summary="",
            before="",
            after="",
            asked_by="U0ANA",
            approved_by=("U0BEN",),
            at=stage.clock.now(),
            detail={"version": version, "outcome": outcome},
        )
    )


async def answer(stage: Stage, text: str = "releases") -> Message:
    found = await stage.type(text, EVE)
    assert isinstance(found, Message), found
    return good(found)


def line(shown: str, tag: str) -> str:
    """What is said of one version of the registry."""
    (found,) = [text for text in shown.splitlines() if text.startswith(f"• *{tag}* pushed")]
    return found


async def test_it_shows_what_runs_where_and_what_became_of_each_version(stage: Stage) -> None:
    deployed(stage, 7, "v1.4.1")
    deployed(stage, 8, "v1.4.2")
    deployed(stage, 9, "v1.4.3", "rolled_back")
    message = await answer(stage)
    shown = read(message)
    assert message.text == (
        "Releases of Backend API: blue v1.4.2 (3 tasks), 100 % of the traffic; "
        "green v1.4.1 (3 tasks), 0 % of the traffic. Last good: v1.4.2."
    )
    assert "*blue* v1.4.2 (3 tasks), 100 % of the traffic" in shown
    assert "*Staging* (backend-staging) serves v1.4.2" in shown
    assert "*Last good:* *v1.4.2*, ✅ deployed" in shown
    assert line(shown, "v1.4.3").endswith("by R9")
    assert ", ↩️ rolled back" in line(shown, "v1.4.3")
    assert ", on blue, on staging, ✅ deployed" in line(shown, "v1.4.2")
    assert "`sha256:" in line(shown, "v1.4.2")
    assert ", on green, ✅ deployed" in line(shown, "v1.4.1")
    tags = [text.split("*")[1] for text in shown.splitlines() if " pushed " in text]
    assert tags == ["v1.4.3", "v1.4.2", "v1.4.1"]


async def test_before_any_deployment_what_serves_is_the_last_good(stage: Stage) -> None:
    assert "*Last good:* *v1.4.2*, which serves now" in read(await answer(stage))
    stage.production.set_weights("backend", {Colour.BLUE: 50, Colour.GREEN: 50})
    said = read(await answer(stage))
    assert "*blue* v1.4.2 (3 tasks), 50 % of the traffic" in said
    assert "*Last good:* not known: nothing was deployed by FilmOps" in said


async def test_a_part_that_cannot_be_read_is_said_and_hides_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "PART_SECONDS", 0.2)
    stage.production.fail("images.newest", OperationFailed("ecr:DescribeImages is denied"))
    said = read(await answer(stage))
    assert "The registry could not be read: ecr:DescribeImages is denied" in said
    assert "*blue* v1.4.2" in said
    stage.production.fail("traffic.routes", Temporary("throttled"), times=2)
    said = read(await answer(stage))
    assert "*blue* v1.4.2 (3 tasks), its traffic could not be read: throttled" in said
    assert "*Staging* (backend-staging) blue v1.4.2 (3 tasks), its traffic could not be" in said
    assert line(said, "v1.4.3")


async def test_a_registry_without_tags_says_so_and_staging_has_no_staging(stage: Stage) -> None:
    stage.production.images["backend"] = []
    said = read(await answer(stage, "releases backend-staging"))
    assert "Releases of Backend API (staging)" in said
    assert "No image with a tag." in said
    assert "*Staging*" not in said


async def test_a_service_that_cannot_be_deployed_is_told_what_is_missing() -> None:
    shipped = Stage().topology
    backend = shipped.services["backend"].model_copy(update={"deploy": None})
    services = {**shipped.services, "backend": backend}
    stage = Stage(topology=shipped.model_copy(update={"services": services}))
    with pytest.raises(UserError) as raised:
        await stage.type("releases backend", EVE)
    assert "[services.backend.deploy] is not in filmops.toml" in raised.value.message
    assert raised.value.hint == "/filmops releases backend-staging"
