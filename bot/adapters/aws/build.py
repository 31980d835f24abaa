"""Puts the parts together on one set of clients. Before it comes `bot.app`."""

from __future__ import annotations

from bot.adapters.aws.buckets import AwsBuckets
from bot.adapters.aws.containers import AwsContainers
from bot.adapters.aws.databases import AwsDatabases
from bot.adapters.aws.errands import AwsErrands
from bot.adapters.aws.groups import AwsGroups
from bot.adapters.aws.images import AwsImages
from bot.adapters.aws.instances import AwsInstances
from bot.adapters.aws.logs import AwsLogs
from bot.adapters.aws.metrics import AwsMetrics
from bot.adapters.aws.names import Names
from bot.adapters.aws.queues import AwsQueues
from bot.adapters.aws.rollers import AwsRollers
from bot.adapters.aws.scaling import AwsScaling
from bot.adapters.aws.session import AwsClients
from bot.adapters.aws.snapshots import AwsSnapshots
from bot.adapters.aws.traffic import AwsTraffic
from bot.ports import Aws
from bot.topology import Topology


def build_aws(
    topology: Topology, *, endpoint_url: str | None = None, clients: AwsClients | None = None
) -> Aws:
    """All parts on one set of clients; no call is made yet.

    `endpoint_url` None: AWS, or AWS_ENDPOINT_URL. `clients` is for who wants to close them.
    """
    clients = clients or AwsClients(topology, endpoint_url=endpoint_url)
    names = Names(clients)
    return Aws(
        traffic=AwsTraffic(clients, names),
        containers=AwsContainers(clients, topology),
        metrics=AwsMetrics(clients, names, topology),
        databases=AwsDatabases(clients),
        queues=AwsQueues(clients),
        groups=AwsGroups(clients),
        images=AwsImages(clients),
        rollers=AwsRollers(clients, topology),
        errands=AwsErrands(clients, topology),
        logs=AwsLogs(clients),
        snapshots=AwsSnapshots(clients),
        instances=AwsInstances(clients),
        buckets=AwsBuckets(clients),
        scaling=AwsScaling(clients, topology),
    )
