"""The words a command begins with → the operation they name: `rollback`, or `incident ack`.

Before: `bot.engine.words` has split what was typed, or help is asked about it. After: the words
that are left fill the operation's params. Operations of two words that share the first are a
*group*; its name alone is no command.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence

from bot.engine.operation import MOST_WORDS, Operation
from bot.errors import UserError


def find(
    words: Sequence[str], operations: Mapping[str, Operation]
) -> tuple[Operation, Sequence[str]]:
    """The operation with the longest name these words begin with, and the words after it.

    What is `also` said for one goes first: it is the longer. Raises UserError when there is none;
    it names the nearest, or what the group has.
    """
    typed = " ".join([*words, ""]).lower()
    for known in operations.values():
        for said in known.also:
            if typed.startswith(f"{said} "):
                return known, words[len(said.split()) :]
    for length in range(MOST_WORDS, 0, -1):
        operation = operations.get(" ".join(words[:length]).lower())
        if operation is not None:
            return operation, words[length:]
    raise _unknown([word.lower() for word in words], operations)


def group(name: str, operations: Iterable[str]) -> tuple[str, ...]:
    """The whole names of a group's operations, as declared; empty when there is no such group."""
    return tuple(one for one in operations if one.startswith(f"{name} "))


def suggest(word: str, known: Iterable[str]) -> str | None:
    """The known word nearest to a mistyped one."""
    close = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return close[0] if close else None


def _unknown(words: Sequence[str], operations: Iterable[str]) -> UserError:
    first, second = (*words, "", "")[:2]
    members = group(first, operations)
    if not members:
        close = _nearest(first, second, operations)
        return UserError(
            f"There is no command {first[:40]!r}." + _did_you_mean(close),
            hint=f"/filmops help {close}" if close else "/filmops help",
        )
    listed = f"{first}: {', '.join(_verb(name) for name in members)}"
    if not second:
        return UserError(f"{first} is several commands: say which.", hint=listed)
    said = f"There is no command {f'{first} {second}'[:40]!r}."
    return UserError(said + _did_you_mean(_member(second, members)), hint=listed)


def _nearest(first: str, second: str, operations: Iterable[str]) -> str | None:
    """What was meant by a first word that is none: a command, a group, or one of a group's."""
    # `ack I7` at night means the group's ack: it needs no guessing.
    whole = next((name for name in operations if name.endswith(f" {first}")), None)
    close = whole or suggest(first, dict.fromkeys(name.split()[0] for name in operations))
    members = group(close, operations) if close else ()
    return _member(second, members) or close


def _member(word: str, members: Sequence[str]) -> str | None:
    """The operation of a group meant by a word: mistyped, or written out (acknowledge for ack)."""
    verbs = {_verb(name): name for name in members}
    close = suggest(word, verbs)
    if close is None:
        close = next((verb for verb in verbs if suggest(word[: len(verb)], [verb])), None)
    return verbs[close] if close else None


def _verb(name: str) -> str:
    """The second word of an operation's name; empty when it has one."""
    return name.partition(" ")[2]


def _did_you_mean(close: str | None) -> str:
    return f" Did you mean {close}?" if close else ""
