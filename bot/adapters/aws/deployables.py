"""What a service declares of its deployment, or the error that it declares none.

Before it come the ports of a release; after it their calls (and the memory twins'). Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.errors import OperationFailed
from bot.topology import Deployable, Migration, Service


def deployable(service: Service) -> Deployable:
    """`[services.KEY.deploy]`. Raises OperationFailed("not_deployable") without it."""
    if service.deploy is None:
        raise OperationFailed(
            f"{service.key} cannot be deployed: it has no [services.{service.key}.deploy]",
            code="not_deployable",
            hint=f"Say in filmops.toml how {service.key} is deployed.",
        )
    return service.deploy


def migration(service: Service) -> Migration:
    """Its migration. Raises OperationFailed("not_deployable") without it."""
    declared = deployable(service).migration
    if declared is None:
        raise OperationFailed(
            f"{service.key} has no migration",
            code="not_deployable",
            hint=f"Say `migration` in [services.{service.key}.deploy] of filmops.toml.",
        )
    return declared


def commanded(declared: Migration, command: Sequence[str]) -> Migration:
    """The same one-off task with another command; with its own when there is none."""
    return declared.model_copy(update={"command": tuple(command)}) if command else declared
