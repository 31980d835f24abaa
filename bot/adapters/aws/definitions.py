"""Task definitions as values: what of one can be registered anew, and whether two are the same.

Before it comes what DescribeTaskDefinition says; after it `revisions` (and the memory twin),
which register. Pure, no calls. Source: *ECS API Reference*, RegisterTaskDefinition.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from bot.domain.release import Revision
from bot.errors import OperationFailed

Definition = Mapping[str, Any]

ONLY_TOLD = frozenset(
    {
        "taskDefinitionArn",
        "revision",
        "status",
        "requiresAttributes",
        "compatibilities",
        "registeredAt",
        "deregisteredAt",
        "deleteRequestedAt",
        "registeredBy",
    }
)
"""What ECS tells of a revision and takes from nobody."""

# The order of these means something: later files overwrite earlier ones.
_IN_ORDER = frozenset({"environmentFiles"})
# These are words in no order; of other words (`command`, `dnsServers`) the order is their meaning.
_ANY_ORDER = frozenset({"requiresCompatibilities"})


def main_container(containers: Sequence[Mapping[str, Any]], name: str = "") -> Mapping[str, Any]:
    """The container of that name; without one the first essential, for sidecars usually are not.

    Raises OperationFailed("no_container").
    """
    if name:
        found = [each for each in containers if each.get("name") == name]
    else:
        found = [each for each in containers if each.get("essential", True)] or [*containers]
    if not found:
        raise OperationFailed(
            f"the task definition has no container {name}".rstrip(),
            code="no_container",
            hint="Compare `container` in filmops.toml with the task definition.",
        )
    return found[0]


def image_of(definition: Definition, container: str = "") -> str:
    """The main container's image."""
    image: str = main_container(definition.get("containerDefinitions", []), container)["image"]
    return image


def shown_image(definition: Definition, container: str) -> str:
    """The image to show for a service. A wrong name in the topology must not blind a rollback:
    then it is the first essential container's, and empty without any.
    """
    containers = definition.get("containerDefinitions", [])
    named = any(each.get("name") == container for each in containers)
    return image_of(definition, container if named else "") if containers else ""


def as_revision(definition: Definition, container: str = "") -> Revision:
    """A described definition as the value of ours."""
    return Revision(
        arn=definition["taskDefinitionArn"],
        family=definition["family"],
        active=definition.get("status") == "ACTIVE",
        image=image_of(definition, container),
    )


def rendered(
    definition: Definition, tags: Sequence[Mapping[str, str]], *, container: str, image: str
) -> dict[str, Any]:
    """What registers the same content with this image in the main container; the rest stays.

    An empty value of the environment stays, too: left out, a program would take its default.
    """
    content = {key: deepcopy(value) for key, value in definition.items() if key not in ONLY_TOLD}
    chosen = main_container(content.get("containerDefinitions", []), container)["name"]
    for each in content["containerDefinitions"]:
        if each["name"] == chosen:
            each["image"] = image
    # AWS' own tags (`aws:cloudformation:…`) are refused from anybody else.
    ours = [dict(tag) for tag in tags if not tag["key"].startswith("aws:")]
    return content | ({"tags": ours} if ours else {})


def same(one: Definition, other: Definition) -> bool:
    """Whether two run the same. Tags run nothing, and ECS keeps few lists in their order."""
    return bool(_canonical(_running(one)) == _canonical(_running(other)))


def _running(definition: Definition) -> dict[str, Any]:
    return {
        key: value for key, value in definition.items() if key not in ONLY_TOLD and key != "tags"
    }


def _canonical(value: Any, key: str = "") -> Any:
    if isinstance(value, Mapping):
        entries = {name: _canonical(entry, name) for name, entry in value.items()}
        return {name: entry for name, entry in entries.items() if entry not in (None, [], {})}
    if not isinstance(value, list):
        return value
    entries_ = [_canonical(entry) for entry in value]
    tables = bool(entries_) and all(isinstance(entry, dict) for entry in entries_)
    if key in _ANY_ORDER or (tables and key not in _IN_ORDER):
        return sorted(entries_, key=lambda entry: json.dumps(entry, sort_keys=True, default=str))
    return entries_
