"""Whose keys are used: boto3's own chain, or the role the topology names, assumed with them.

Before it comes the topology's `studio.role_arn`; after it `bot.adapters.aws.session`.
"""

from __future__ import annotations

from functools import partial

import botocore.session
from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    DeferredRefreshableCredentials,
)


class AssumedRole(CredentialProvider):
    """The role's short-lived keys, fetched by the first call and renewed before they end."""

    METHOD: str | None = "filmops-role"

    def __init__(
        self, role_arn: str, *, region: str, endpoint_url: str | None, config: Config
    ) -> None:
        super().__init__()
        self._role_arn = role_arn
        self._region = region
        self._endpoint_url = endpoint_url
        self._config = config

    def load(self) -> DeferredRefreshableCredentials | None:
        """None when there are no keys to assume the role with: the call then says so."""
        source = botocore.session.Session()
        keys = source.get_credentials()
        if keys is None:
            return None
        fetcher = AssumeRoleCredentialFetcher(
            client_creator=partial(
                source.create_client,
                region_name=self._region,
                endpoint_url=self._endpoint_url,
                config=self._config,
            ),
            source_credentials=keys,
            role_arn=self._role_arn,
            extra_args={"RoleSessionName": "filmops"},
        )
        return DeferredRefreshableCredentials(fetcher.fetch_credentials, self.METHOD)


def session_for(
    role_arn: str | None, *, region: str, endpoint_url: str | None, config: Config
) -> botocore.session.Session:
    """A botocore session with the keys to use."""
    session = botocore.session.Session()
    if role_arn is not None:
        role = AssumedRole(role_arn, region=region, endpoint_url=endpoint_url, config=config)
        session.get_component("credential_provider").insert_before("env", role)
    return session
