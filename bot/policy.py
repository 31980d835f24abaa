"""`filmops iam-policy`: the least IAM policy for what the operations declare, as JSON.

Nothing is asked of AWS, Slack or the database: the topology and the declarations say it all.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping

from bot.adapters.aws import LONGEST_MANAGED, partition_of, policy
from bot.engine.duties import DUTIES
from bot.engine.naming import suggest
from bot.engine.operation import Operation
from bot.errors import UserError
from bot.topology import Topology
from handlers import OPERATIONS

ACCOUNT = 12


def iam_policy(options: argparse.Namespace, topology: Topology) -> int:
    """Print or write it. Raises UserError for an unknown operation or an odd account."""
    account = str(options.account)
    if account != "*" and not (len(account) == ACCOUNT and account.isdecimal()):
        raise UserError(f"An account is twelve digits, not {account[:40]!r}.")
    document = policy(
        topology,
        _methods(options.operation),
        account=account,
        partition=partition_of(topology.studio.region),
    )
    text = json.dumps(document, indent=2) + "\n"
    if options.out is None:
        sys.stdout.write(text)
    else:
        options.out.write_text(text, encoding="utf-8")
    size = len("".join(text.split()))
    if size > LONGEST_MANAGED:
        sys.stderr.write(
            f"{size:,} characters: more than a managed policy may have ({LONGEST_MANAGED:,}). "
            "Make it an inline policy of the role, or one policy an operation.\n"
        )
    return 0


def _methods(name: str | None) -> list[str]:
    """What is to be allowed: of one operation, or of all with what schedulers do by themselves."""
    by_name: Mapping[str, Operation] = {operation.name: operation for operation in OPERATIONS}
    if name is None:
        wanted = [method for operation in OPERATIONS for method in operation.needs]
        return [*wanted, *(method for methods in DUTIES.values() for method in methods)]
    known = by_name.get(name)
    if known is None:
        close = suggest(name, by_name)
        raise UserError(
            f"There is no operation {name[:60]!r}." + (f" Did you mean {close}?" if close else "")
        )
    if not known.needs:
        raise UserError(f"{name} needs nothing of AWS.")
    return list(known.needs)
