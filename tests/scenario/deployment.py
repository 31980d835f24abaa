"""A deployment as people do it in the studio: asked for, ticked in the dialog, approved.

Before: the plant as a healthy production. After: a story of tests/scenario/test_deploy*.py.
"""

from __future__ import annotations

from typing import Any

from blocks import ids
from tests.scenario.outside import words
from tests.scenario.studio import Studio, until

NEW = "v1.4.3"
SPEED = 8.0
"""How much faster than in the sandbox ECS, RDS and one-off tasks are."""


class Deployment:
    """One studio's. Production is well on blue with v1.4.2; green has v1.4.1."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.aws = studio.outside.aws

    async def ready(self, **character: Any) -> None:
        """v1.4.3 is pushed, `character` what it is like, and staging runs it."""
        await self.aws.tell("reset", scenario="healthy")
        await self.aws.tell("speed", factor=SPEED)
        await self.aws.tell("release", service="backend", version=NEW, **character)
        await self.aws.tell("colour", service="backend-staging", colour="blue", version=NEW)

    async def asks(self, text: str, who: str = "U0ANA", request: int = 1) -> str:
        """Ask and wait for the card; all it says."""
        answer = await self.studio.types(who, text)
        assert "is waiting in" in answer, answer
        return await self.studio.card_says("waiting for", request=request)

    async def ticks(self, who: str = "U0BEN", request: int = 1) -> None:
        """Tick every box of the dialog and send it off."""
        await self.studio.press(who, ids.CHECKLIST, request)
        view = await self.studio.modal(who)
        values: dict[str, Any] = {}
        for block in view["blocks"]:
            element = block.get("element", {})
            if element.get("type") == "checkboxes":
                values[element["action_id"]] = [o["value"] for o in element["options"]]
        sent = {"user": who, "view_id": view["id"], "values": values}
        await self.studio.outside.slack.tell("act/submit", **sent)
        await self.studio.answer(who)

        async def ticked() -> bool:
            return "☐ open" not in words(await self.studio.card(request))

        await until(ticked, "all boxes ticked")
