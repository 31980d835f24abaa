"""`/filmops autoscaling` reads every colour and group at once, and hides nothing."""

from __future__ import annotations

import pytest

from bot.domain.capacity import Autoscaling
from bot.errors import OperationFailed, UserError
from bot.topology import Colour
from tests.productions import tracking
from tests.stage import EVE, Stage, said

pytestmark = pytest.mark.unit


@pytest.fixture
def stage() -> Stage:
    made = Stage()
    cpu = tracking("backend-cpu", "ECSServiceAverageCPUUtilization", 60)
    blue = Autoscaling(minimum=2, maximum=10, policies=(cpu,))
    made.production.scaled["backend", Colour.BLUE] = blue
    gpu = tracking("gpu-cpu", "ASGAverageCPUUtilization", 70)
    made.production.group_scaling["gpu"] = Autoscaling(minimum=1, maximum=6, policies=(gpu,))
    return made


async def test_an_auditor_sees_what_lacks_first(stage: Stage) -> None:
    text = said(await stage.type("autoscaling", EVE))
    assert text.startswith("Autoscaling: 1 thing to mend. backend-service-green")
    assert "no scalable target" in text
    assert stage.production.effects == []


async def test_one_service_or_group_alone(stage: Stage) -> None:
    shown = await stage.type("autoscaling gpu")
    assert said(shown) == "Autoscaling: all as it should be."
    assert "prod-gpu-workers" in str(shown)
    assert "backend" not in str(shown)
    assert "prod-gpu-workers" not in str(await stage.type("autoscaling backend"))
    with pytest.raises(UserError):
        await stage.type("autoscaling db")


async def test_what_is_denied_is_a_line_and_hides_nothing(stage: Stage) -> None:
    denied = OperationFailed("AccessDenied", code="denied")
    stage.production.fail("scaling.group", denied)
    stage.production.fail("traffic.routes", denied)
    text = str(await stage.type("autoscaling"))
    assert "UNKNOWN: could not be read: AccessDenied" in text
    assert "between 2 and 10" in text
