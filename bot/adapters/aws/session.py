"""boto3's clients, the threads they are called in, and the fence before an effect's bytes.

Before it come topology and environment; after it one module a noun (`traffic`, `metrics`, ...)
whose blocking reads `AwsClients.run` carries into a bounded pool. Reads are tried three times
by botocore; an effect is sent once, because only the journal may decide to send it again.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar, cast, overload

import boto3
from botocore.config import Config

from bot.adapters.aws.credentials import session_for
from bot.errors import OperationFailed
from bot.ports import Fence
from bot.topology import Topology

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest
    from botocore.client import BaseClient
    from mypy_boto3_application_autoscaling import ApplicationAutoScalingClient
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_rds import RDSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sts import STSClient

P = ParamSpec("P")
T = TypeVar("T")

_THREADS = 16
_ENDPOINT = "Correct AWS_ENDPOINT_URL: a whole address, or not set for AWS itself."
_fence: ContextVar[Fence | None] = ContextVar("filmops_fence", default=None)


def _config(attempts: int, read_seconds: float) -> Config:
    """`attempts`: how often botocore may send one call in all."""
    return Config(
        connect_timeout=2,
        read_timeout=read_seconds,
        retries={"mode": "standard", "total_max_attempts": attempts},
        max_pool_connections=_THREADS,
        user_agent_extra="filmops",
    )


class AwsClients:
    """Every client once, made when first asked for. The accessors block: call them in `run`."""

    def __init__(
        self, topology: Topology, *, endpoint_url: str | None = None, read_seconds: float = 5
    ) -> None:
        """`endpoint_url` None: AWS, or where AWS_ENDPOINT_URL points (boto3 follows it)."""
        self._read_seconds = read_seconds
        self.region = topology.studio.region
        self._endpoint_url = endpoint_url
        self._session = boto3.Session(
            botocore_session=session_for(
                topology.studio.role_arn,
                region=self.region,
                endpoint_url=endpoint_url,
                config=_config(3, read_seconds),
            ),
            region_name=self.region,
        )
        self._made: dict[tuple[str, int, str], BaseClient] = {}
        self._making = threading.Lock()  # boto3 sessions make clients one at a time
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="filmops-aws")

    async def run(self, blocking: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call it in one of the threads; what it raises is raised here."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: blocking(*args, **kwargs))

    def close(self) -> None:
        """Let calls under way end, then give up threads and connections."""
        self._threads.shutdown(wait=True)
        for client in self._made.values():
            client.close()

    @overload
    def fenced(
        self, service: Literal["elbv2"], fence: Fence
    ) -> AbstractContextManager[ElasticLoadBalancingv2Client]: ...
    @overload
    def fenced(
        self, service: Literal["ecs"], fence: Fence
    ) -> AbstractContextManager[ECSClient]: ...
    @overload
    def fenced(
        self, service: Literal["rds"], fence: Fence
    ) -> AbstractContextManager[RDSClient]: ...
    @overload
    def fenced(
        self, service: Literal["autoscaling"], fence: Fence
    ) -> AbstractContextManager[AutoScalingClient]: ...
    @overload
    def fenced(
        self, service: Literal["application-autoscaling"], fence: Fence
    ) -> AbstractContextManager[ApplicationAutoScalingClient]: ...
    def fenced(self, service: str, fence: Fence) -> AbstractContextManager[Any]:
        """A service's client for one effect, sent once and only while the fence holds."""
        return self._fenced(service, fence)

    @contextmanager
    def _fenced(self, service: str, fence: Fence) -> Iterator[BaseClient]:
        client = self._client(service, attempts=1)
        token = _fence.set(fence)
        try:
            yield client
        finally:
            _fence.reset(token)

    def _client(self, service: str, *, attempts: int = 3, region: str = "") -> BaseClient:
        key = (service, attempts, region or self.region)
        with self._making:
            client = self._made.get(key)
            if client is None:
                client = self._made_new(*key)
                if attempts == 1:
                    # The last hook: credentials are fetched and the request is signed already.
                    client.meta.events.register_last("before-send", _hold)
                self._made[key] = client
            return client

    def _made_new(self, service: str, attempts: int, region: str) -> BaseClient:
        make = cast("Callable[..., BaseClient]", self._session.client)
        try:
            return make(
                service,
                region_name=region,
                endpoint_url=self._endpoint_url,
                config=_config(attempts, self._read_seconds),
            )
        except ValueError as error:  # botocore's word for an address that is none
            raise OperationFailed(f"AWS {service}: {error}", hint=_ENDPOINT) from error

    def elbv2(self) -> ElasticLoadBalancingv2Client:
        """Load balancers, for reading."""
        return cast("ElasticLoadBalancingv2Client", self._client("elbv2"))

    def ecs(self) -> ECSClient:
        """ECS."""
        return cast("ECSClient", self._client("ecs"))

    def ecr(self) -> ECRClient:
        """Image registries."""
        return cast("ECRClient", self._client("ecr"))

    def ec2(self) -> EC2Client:
        """Networks."""
        return cast("EC2Client", self._client("ec2"))

    def logs(self) -> CloudWatchLogsClient:
        """CloudWatch Logs."""
        return cast("CloudWatchLogsClient", self._client("logs"))

    def cloudwatch(self, region: str = "") -> CloudWatchClient:
        """CloudWatch, here or in another region: a bucket's metrics are where the bucket is."""
        return cast("CloudWatchClient", self._client("cloudwatch", region=region))

    def s3(self, region: str = "") -> S3Client:
        """S3, here or in another region."""
        return cast("S3Client", self._client("s3", region=region))

    def rds(self) -> RDSClient:
        """RDS."""
        return cast("RDSClient", self._client("rds"))

    def sqs(self) -> SQSClient:
        """SQS."""
        return cast("SQSClient", self._client("sqs"))

    def autoscaling(self) -> AutoScalingClient:
        """EC2 Auto Scaling."""
        return cast("AutoScalingClient", self._client("autoscaling"))

    def application_autoscaling(self) -> ApplicationAutoScalingClient:
        """Application Auto Scaling."""
        return cast("ApplicationAutoScalingClient", self._client("application-autoscaling"))

    def iam(self) -> IAMClient:
        """IAM, for the check only."""
        return cast("IAMClient", self._client("iam"))

    def sts(self) -> STSClient:
        """STS, for the check only."""
        return cast("STSClient", self._client("sts"))


def _hold(request: AWSPreparedRequest, **_: object) -> None:
    """Ask the fence of this very thread's call; what it raises reaches the caller as it is."""
    fence = _fence.get()
    if fence is None:
        raise RuntimeError(f"{request.method} {request.url}: an effect needs a fence")
    fence()
