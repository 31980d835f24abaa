"""What a service's release is called in AWS: the topology's names, or its key without them.

`seed`, `knobs` and `definitions` create by these; `one_off` and `database` find the service again.
"""

from __future__ import annotations

from bot.topology import MetricName, Service


def repository(service: Service) -> str:
    """ECR's repository. Two services may share one, as staging and production do."""
    return service.deploy.repository if service.deploy else service.key


def container(service: Service) -> str:
    """The application's container."""
    return (service.deploy.container if service.deploy else "") or service.key


def migration_family(service: Service) -> str:
    """The family of the task that migrates."""
    migration = service.deploy.migration if service.deploy else None
    return migration.family if migration else f"{service.key}-migrate"


def migration_container(service: Service) -> str:
    """The container of that task which runs the migration."""
    migration = service.deploy.migration if service.deploy else None
    return (migration.container if migration else "") or container(service)


def refused_connections(service: Service) -> MetricName:
    """The metric in which the application counts connections the database refused."""
    named = service.deploy.database_failures if service.deploy else None
    return named or MetricName(
        namespace="AIFilmStudio/Production",
        metric="DatabaseConnectionErrors",
        dimensions={"Service": service.key},
    )
