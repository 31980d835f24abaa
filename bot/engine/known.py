"""Names the topology knows: which service, which person a word means, or which it nearly was.

Before: `bot.engine.words` has a value for each param; one whose `json_schema_extra` has `"names"`
(`"services"`, `"databases"`, `"people"` or `"targets"`) is looked up here, and `"also"` lists words
that are taken besides. After: the params' own types.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from bot.domain.reasons import Reason
from bot.engine.naming import suggest
from bot.engine.operation import Operation, extra
from bot.errors import Refused, UserError
from bot.topology import Database, Topology

# A mention as Slack escapes it, or the bare id: from a dialog, or stored with a request.
_SLACK_ID = re.compile(r"<@([UW][A-Z0-9]{2,20})(?:\|[^>]*)?>|([UW][A-Z0-9]{2,20})")


def known_names(
    operation: Operation, values: Mapping[str, Any], topology: Topology
) -> dict[str, Any]:
    """The values, with a service's key or a person's Slack id where one is named.

    Somebody who is mentioned need not be in the topology: a role may be a Slack user group's.
    Raises UserError for a name nobody has; it says the nearest, and all there are.
    """
    named = dict(values)
    for name, field in operation.params.model_fields.items():
        section = extra(field).get("names")
        if not isinstance(section, str) or values.get(name) is None:
            continue
        also = extra(field).get("also")
        meanings = _meanings(section, topology)
        meanings |= {str(word): str(word) for word in also} if isinstance(also, list) else {}
        word = str(values[name]).strip()
        mentioned = _SLACK_ID.fullmatch(word) if section == "people" else None
        plain = word.removeprefix("@").lower()
        if plain in meanings:
            named[name] = meanings[plain]
        elif mentioned:
            named[name] = mentioned[1] or mentioned[2]
        else:
            raise _unknown(operation, name, plain, meanings)
    return named


def only_service(topology: Topology, named: str | None, *, command: str = "rollback") -> str:
    """The service named, or the only one there is in production's first cluster.

    A topology with one service needs no name typed at night. Refuses when it is not clear.
    """
    if named is not None:
        return named
    first = next(iter(topology.services.values()))
    same = [s.key for s in topology.services.values() if s.cluster == first.cluster]
    if len(same) == 1:
        return same[0]
    raise Refused(
        f"Which service? There are {', '.join(topology.services)}.",
        code=Reason.BAD_WORDS,
        hint=f"/filmops {command} {same[0]}",
    )


def only_database(topology: Topology, named: str | None, *, command: str) -> Database:
    """The database named, or the only one there is. Refuses when it is not clear."""
    if named is None and len(topology.databases) == 1:
        return next(iter(topology.databases.values()))
    if named is not None:
        return topology.databases[named]
    raise Refused(
        f"Which database? There are {', '.join(topology.databases)}."
        if topology.databases
        else "filmops.toml names no database.",
        code=Reason.BAD_WORDS,
        hint=f"/filmops {command} {next(iter(topology.databases), '')}".rstrip()
        if topology.databases
        else "A maintainer adds [databases.ID].",
    )


def _meanings(section: str, topology: Topology) -> dict[str, str]:
    """What each word in small letters stands for, keys first."""
    match section:
        case "services":
            return {key: key for key in topology.services}
        case "databases":
            return {key.lower(): key for key in topology.databases}
        case "people":
            return _people(topology)
        case "targets":
            return _targets(topology)
        case _:
            raise ValueError(f"the topology looks nothing up in {section!r}")


def _targets(topology: Topology) -> dict[str, str]:
    """What can be scaled; `db` is the database when there is only one. Services go first."""
    meant: dict[str, str] = {}
    for key in (*topology.services, *topology.groups, *topology.databases):
        meant.setdefault(key.lower(), key)
    if len(topology.databases) == 1:
        meant.setdefault("db", next(iter(topology.databases)))
    return meant


def _people(topology: Topology) -> dict[str, str]:
    keys = {key.lower(): person.slack for key, person in topology.people.items()}
    names = Counter(person.name.lower() for person in topology.people.values())
    # A name two people share means neither.
    whole = {p.name.lower(): p.slack for p in topology.people.values() if names[p.name.lower()] < 2}
    return {**keys, **{name: slack for name, slack in whole.items() if name not in keys}}


def _unknown(operation: Operation, name: str, word: str, meanings: Mapping[str, str]) -> UserError:
    listed: dict[str, str] = {}
    for known, meaning in meanings.items():
        listed.setdefault(meaning, known)  # a person is listed by key alone
    close = suggest(word, meanings)
    more = f" Did you mean {listed[meanings[close]]}?" if close else _left_out(operation, name)
    shown = name.rstrip("_")
    return UserError(
        f"There is no {shown} {word[:60]!r}.{more}", hint=f"{shown}: {', '.join(listed.values())}"
    )


def _left_out(operation: Operation, name: str) -> str:
    """How to say free words without the name, where they may have been meant."""
    fields = operation.params.model_fields
    rest = next((one for one, field in fields.items() if extra(field).get("rest")), None)
    if rest is None or fields[name].is_required() or extra(fields[name]).get("option"):
        return ""
    return f" {name.upper()} comes first; to leave it out, write --{rest} and then your words."
