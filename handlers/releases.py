"""`/filmops releases [SERVICE]`: which versions there are, which run, the last good one."""

from __future__ import annotations

from pydantic import Field

from blocks.releases import releases as shown
from bot.domain.message import Message
from bot.engine.known import only_service
from bot.engine.operation import Context, Operation, Params
from bot.engine.releases import releases
from bot.errors import UserError
from bot.topology import Risk


class ReleasesParams(Params):
    """Of which service; production's only one if not said."""

    service: str | None = Field(default=None, json_schema_extra={"names": "services"})


async def answer(context: Context, params: ReleasesParams) -> Message:
    """What can be read of it. Raises UserError for a service that cannot be deployed."""
    services = context.topology.services
    service = services[only_service(context.topology, params.service, command="releases")]
    if service.deploy is None:
        able = [key for key, one in services.items() if one.deploy is not None]
        raise UserError(
            f"{service.title} cannot be deployed: [services.{service.key}.deploy] is not in "
            "filmops.toml.",
            hint=f"/filmops releases {able[0]}" if able else "",
        )
    return shown(service, await releases(context.world, service))


OPERATION = Operation(
    name="releases",
    summary="Show the versions there are, which run where, and the last good one.",
    risk=Risk.READ,
    params=ReleasesParams,
    examples=("releases", "releases backend"),
    answer=answer,
    needs=("containers.tasks", "images.newest", "traffic.routes"),
)
