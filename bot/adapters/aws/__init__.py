"""AWS behind the ports of `bot.ports`, and its part of `filmops check`.

Before it comes `bot.app`, which calls `build_aws`; after it boto3. Nothing else in the bot
imports boto3. The twin for tests is `bot.adapters.memory.aws`.
"""

from bot.adapters.aws.build import build_aws
from bot.adapters.aws.checks import AwsChecks
from bot.adapters.aws.policy import LONGEST_MANAGED, partition_of, policy
from bot.adapters.aws.session import AwsClients
from bot.adapters.aws.sns import AwsSnsDoor

__all__ = [
    "LONGEST_MANAGED",
    "AwsChecks",
    "AwsClients",
    "AwsSnsDoor",
    "build_aws",
    "partition_of",
    "policy",
]
