"""SQS: how much waits, is worked on, and was given up. Before it comes status; after it AWS."""

from __future__ import annotations

from bot.adapters.aws.faults import told
from bot.adapters.aws.session import AwsClients
from bot.domain.live import QueueState
from bot.errors import OperationFailed
from bot.topology import Queue


class AwsQueues:
    """bot.ports.Queues on SQS. The counts are SQS's approximations, seconds old."""

    def __init__(self, clients: AwsClients) -> None:
        self._clients = clients
        self._urls: dict[str, str] = {}

    async def state(self, queue: Queue) -> QueueState:
        """Raises OperationFailed("not_found") for the queue or its dead-letter queue."""
        return await self._clients.run(self._state, queue)

    def _state(self, queue: Queue) -> QueueState:
        waiting, in_flight = self._depth(queue.key)
        dead = sum(self._depth(queue.dead_letter)) if queue.dead_letter else None
        return QueueState(waiting=waiting, in_flight=in_flight, dead=dead)

    def _depth(self, name: str) -> tuple[int, int]:
        """Messages that wait, and those taken and not yet deleted."""
        url = self._urls.get(name) or self._url(name)
        try:
            with told("sqs:GetQueueAttributes", f"queue {name}"):
                answer = self._clients.sqs().get_queue_attributes(
                    QueueUrl=url,
                    AttributeNames=[
                        "ApproximateNumberOfMessages",
                        "ApproximateNumberOfMessagesNotVisible",
                    ],
                )
        except OperationFailed as error:
            if error.code == "not_found":
                self._urls.pop(name, None)
            raise
        counts = answer["Attributes"]
        return (
            int(counts["ApproximateNumberOfMessages"]),
            int(counts["ApproximateNumberOfMessagesNotVisible"]),
        )

    def _url(self, name: str) -> str:
        with told("sqs:GetQueueUrl", f"queue {name}"):
            url = self._clients.sqs().get_queue_url(QueueName=name)["QueueUrl"]
        self._urls[name] = url
        return url
