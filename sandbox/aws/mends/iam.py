"""iam: who is a user of this account may do what its policies say, and nothing else.

The sandbox's own keys belong to nobody and may do everything, so moto's enforcement begins with the
first key that IAM has given out. moto looks at actions alone; here each call asks for what AWS asks
for (*Service Authorization Reference*): the action on each resource it names, besides what goes
with it (a tag at birth, a role that is handed on), under the conditions that are known. What is not
known is denied, as AWS does it.
"""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterable, Mapping
from typing import Any

from moto import settings
from moto.core.authorization import ActionAuthenticatorMixin
from moto.iam.access_control import IAMRequestBase
from moto.iam.models import iam_backends

from sandbox.aws.mends import iam_asks
from sandbox.aws.plant import Plant

Ask = iam_asks.Ask


def install(plant: Plant) -> None:
    """Judge the calls of users that IAM knows."""
    own = ActionAuthenticatorMixin._authenticate_and_authorize_action  # noqa: SLF001

    def authorize(response: Any, kind: type[IAMRequestBase], resource: str = "*") -> None:
        if not _is_user(plant, str(response.headers.get("Authorization", ""))):
            return
        asked = iam_asks.of(plant, response, resource)
        before = settings.INITIAL_NO_AUTH_ACTION_COUNT
        settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
        _asked[id(response.headers)] = asked
        try:
            own(response, kind, resource)
        finally:
            settings.INITIAL_NO_AUTH_ACTION_COUNT = before
            del _asked[id(response.headers)]

    setattr(ActionAuthenticatorMixin, "_authenticate_and_authorize_action", authorize)  # noqa: B010
    setattr(IAMRequestBase, "check_action_permitted", _check)  # noqa: B010


_asked: dict[int, tuple[Ask, ...]] = {}
"""What the call under way asks for, by its headers: moto hands on nothing else."""


def _is_user(plant: Plant, authorization: str) -> bool:
    key = authorization.partition("Credential=")[2].partition("/")[0]
    users = iam_backends[plant.account]["aws"].users.values()
    return any(each.access_key_id == key for user in users for each in user.access_keys)


def _check(request: Any, resource: str) -> None:
    """In the place of moto's: every ask by every statement; a Deny wins."""
    policies = request._access_key.collect_policies()  # noqa: SLF001
    statements = [each for policy in policies for each in _statements(policy)]
    for ask in _asked[id(request._headers)]:  # noqa: SLF001
        fitting = {each["Effect"] for each in statements if _fits(each, ask)}
        if fitting != {"Allow"}:
            request._action = ask.action  # noqa: SLF001 - so that the denial names it
            request._raise_access_denied()  # noqa: SLF001


def _statements(policy: Any) -> Iterable[Mapping[str, Any]]:
    document = policy["policy_document"] if isinstance(policy, dict) else policy.document
    found = json.loads(document)["Statement"]
    return found if isinstance(found, list) else [found]


def _fits(statement: Mapping[str, Any], ask: Ask) -> bool:
    return (
        _any(statement["Action"], ask.action.lower(), lower=True)
        and _any(statement["Resource"], ask.resource)
        and all(
            _holds(operator, key, wanted, ask.context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def _any(patterns: Any, value: str, *, lower: bool = False) -> bool:
    listed = patterns if isinstance(patterns, list) else [patterns]
    # Square brackets mean nothing to IAM.
    plain = ((p.lower() if lower else p).replace("[", "[[]") for p in listed)
    return any(fnmatch.fnmatchcase(value, pattern) for pattern in plain)


def _holds(operator: str, key: str, wanted: Any, context: Mapping[str, str]) -> bool:
    if operator not in ("StringEquals", "StringLike"):
        raise NotImplementedError(f"the condition {operator}")
    if key not in context:
        return False
    listed = wanted if isinstance(wanted, list) else [wanted]
    return context[key] in listed if operator == "StringEquals" else _any(listed, context[key])
