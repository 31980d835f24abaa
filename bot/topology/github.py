"""Where a service's code is on GitHub, and the workflow that can deploy it there.

`[services.KEY.deploy.github]`. Before it: `bot.topology.deploying`, whose `Deployable.github` this
is. After it: `bot.domain.code` judges a version by it, `bot.ports.code` speaks to it.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from bot.topology.names import Seconds, Value

KEY_INPUT = "filmops"
"""The input by which a run is found again; FilmOps fills it itself."""

_KNOWN = ("version", "service", "run")
Text = Annotated[str, Field(min_length=1, max_length=255)]
Inputs = Annotated[dict[Text, str], Field(max_length=24)]
"""GitHub takes 25 inputs; one is ours."""


class GithubSource(Value):
    """`reviews` are people who approved, 0: not asked. `checks` are the names of those that must be
    green; without any, all that ran must. `ref` is the branch the workflow is started on.
    """

    repository: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+$")]
    ref: Annotated[str, Field(pattern=r"^[\w][\w./-]*$")] = "main"
    tag: Text = "{version}"
    reviews: Annotated[int, Field(ge=0, le=10)] = 2
    checks: tuple[Text, ...] = ()
    workflow: Annotated[str, Field(pattern=r"^[\w][\w.-]*\.ya?ml$")] | None = None
    deploy_inputs: Inputs = Field(
        default_factory=lambda: {"action": "deploy", "version": "{version}"}
    )
    rollback_inputs: Inputs = Field(default_factory=lambda: {"action": "rollback"})
    seconds: Seconds = 3600
    """How long the workflow may take, its wait for a runner included."""

    @field_validator("tag")
    @classmethod
    def _names_the_version(cls, value: str) -> str:
        _refuse_unknown((value,), known=("version",))
        if not _fields(value):
            raise ValueError("must hold {version}: else every version were the same commit")
        return value

    @field_validator("deploy_inputs", "rollback_inputs")
    @classmethod
    def _can_be_filled(cls, value: dict[str, str]) -> dict[str, str]:
        _refuse_unknown(value.values(), known=_KNOWN)
        if KEY_INPUT in value:
            raise ValueError(f"{KEY_INPUT} is filled in by FilmOps: leave it out")
        return value

    @model_validator(mode="after")
    def _has_its_workflow(self) -> Self:
        given = self.model_fields_set & {"deploy_inputs", "rollback_inputs", "seconds"}
        if self.workflow is None and given:
            raise ValueError(f"{min(given)} is for a workflow, and workflow names none")
        return self

    def ref_of(self, version: str) -> str:
        """The git ref of a version."""
        return self.tag.format(version=version)

    def to_deploy(self, *, version: str, service: str, run: str) -> Mapping[str, str]:
        """The workflow's inputs that bring `version` to production; `run` is `R42`."""
        return _filled(self.deploy_inputs, version=version, service=service, run=run)

    def to_roll_back(self, *, version: str, service: str, run: str) -> Mapping[str, str]:
        """The workflow's inputs for the way back; `version` is the one that is gone back to."""
        return _filled(self.rollback_inputs, version=version, service=service, run=run)


def _filled(table: Mapping[str, str], **values: str) -> Mapping[str, str]:
    return {key: text.format(**values) for key, text in table.items()}


def _refuse_unknown(texts: Iterable[str], *, known: tuple[str, ...]) -> None:
    takes = ", ".join(f"{{{name}}}" for name in known)
    for text in texts:
        for field in _fields(text):
            if field not in known:
                raise ValueError(f"{text!r} has {{{field}}}: it may hold {takes}")


def _fields(text: str) -> list[str]:
    try:
        return [field for _, field, *_ in string.Formatter().parse(text) if field is not None]
    except ValueError as error:
        raise ValueError(f"{text!r}: {error} (a brace itself is written twice)") from error
