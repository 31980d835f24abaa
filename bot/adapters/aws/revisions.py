"""Task definitions in ECS: read with their tags, found by family, registered once.

Before it come `rollers` (a colour's) and `errands` (a migration's); after it `definitions` and
AWS. All block: they are called inside `AwsClients.run`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.adapters.aws import definitions
from bot.adapters.aws.faults import missing, told
from bot.adapters.aws.session import AwsClients
from bot.ports import Fence

LOOKED_AT = 20
"""How many revisions are read to find one: an older one than these is made anew."""

# ECS has no error of its own for this.
_UNKNOWN = "Unable to describe task definition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A revision's definition as told, and its tags."""

    definition: Mapping[str, Any]
    tags: Sequence[Mapping[str, str]]

    @property
    def arn(self) -> str:
        """Its ARN."""
        arn: str = self.definition["taskDefinitionArn"]
        return arn


class Revisions:
    """Reads and registers."""

    def __init__(self, clients: AwsClients) -> None:
        self._clients = clients

    def described(self, name: str) -> Described:
        """By ARN, also an inactive one, or by family. Raises OperationFailed("not_found")."""
        action, what = "ecs:DescribeTaskDefinition", f"task definition {name}"
        ecs = self._clients.ecs()
        with told(action, what):
            try:
                answer = ecs.describe_task_definition(taskDefinition=name, include=["TAGS"])
            except ecs.exceptions.ClientException as error:
                if _UNKNOWN in str(error):
                    raise missing(action, what) from error
                raise
        tags: Any = answer.get("tags", [])
        return Described(definition=dict(answer["taskDefinition"]), tags=tags)

    def newest(self, family: str) -> Iterator[Described]:
        """The ACTIVE ones of a family, the last registered first, at most LOOKED_AT."""
        with told("ecs:ListTaskDefinitions", f"task definitions of {family}"):
            answer = self._clients.ecs().list_task_definitions(
                familyPrefix=family, status="ACTIVE", sort="DESC", maxResults=LOOKED_AT
            )
        for arn in answer["taskDefinitionArns"][:LOOKED_AT]:
            yield self.described(arn)

    def register(self, content: Mapping[str, Any], fence: Fence) -> str:
        """One call, never repeated here; the new revision's ARN."""
        with (
            self._clients.fenced("ecs", fence) as ecs,
            told("ecs:RegisterTaskDefinition", f"task definition {content['family']}"),
        ):
            answer = ecs.register_task_definition(**content)
        return answer["taskDefinition"]["taskDefinitionArn"]

    def prepared(self, wanted: Mapping[str, Any]) -> str | None:
        """The newest revision with the same content; its ARN."""
        return next(
            (
                each.arn
                for each in self.newest(wanted["family"])
                if definitions.same(each.definition, wanted)
            ),
            None,
        )
