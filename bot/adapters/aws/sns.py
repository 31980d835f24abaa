"""SNS at the door: whether it signed a message, and the one link of it that is ever followed.

Before it: `bot.entrypoints.webhooks`. A message names the certificate it was signed with; that
address is AWS' own or nothing is asked of anybody. Everything that can be seen without asking is
looked at first. Source: *Amazon SNS Developer Guide*, "Verifying the signatures of messages".
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import ipaddress
import re
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import parse_qs, urlsplit

import httpx
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from bot.errors import OperationFailed, Temporary

# No digit before the last part: a bucket named `sns` answers at sns.s3-us-west-2.amazonaws.com.
_TOPIC = re.compile(
    r"arn:(aws|aws-cn|aws-us-gov):sns:([a-z]{2}(?:-[a-z]+)+-\d):\d{12}:[\w-]+", re.ASCII
)
_CERTIFICATE = re.compile(r"/[\w-]+\.pem", re.ASCII)
_QUERY = re.compile(r"/\?[\w%&=:.~+/-]+", re.ASCII)
_SIGNED = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_SIGNED_OF_LINKS = (
    *("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
)
_HASHES: Mapping[str, hashes.HashAlgorithm] = MappingProxyType(
    {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303 - version 1 is still SNS' default
)
_LARGEST = 64 * 1024
_SECONDS = 5.0


class AwsSnsDoor:
    """bot.ports.SnsDoor. `endpoint_url` is AWS_ENDPOINT_URL: on this very machine (the sandbox's
    plant) it stands in for SNS too; any other address changes nothing here.
    """

    def __init__(
        self,
        *,
        endpoint_url: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._stand_in = _stand_in(endpoint_url)
        self._client = httpx.AsyncClient(
            timeout=_SECONDS, follow_redirects=False, transport=transport
        )
        self._keys: dict[str, RSAPublicKey] = {}
        self._fetching = asyncio.Lock()

    async def genuine(self, message: Mapping[str, str]) -> bool:
        """Whether SNS signed exactly this. Raises Temporary without its certificate."""
        address = message.get("SigningCertURL", "")
        algorithm = _HASHES.get(message.get("SignatureVersion", ""))
        signature, text = _decoded(message.get("Signature", "")), canonical(message)
        if algorithm is None or not signature or not text:
            return False
        if _CERTIFICATE.fullmatch(_path_at_sns(address, message)) is None:
            return False
        key = await self._key(address)
        try:
            key.verify(signature, text, PKCS1v15(), algorithm)
        except InvalidSignature:
            return False
        return True

    async def confirm(self, message: Mapping[str, str]) -> None:
        """Follow a genuine confirmation's link. Raises OperationFailed when it leads elsewhere."""
        address, topic = message.get("SubscribeURL", ""), message.get("TopicArn", "")
        path = _path_at_sns(address, message)
        asked = parse_qs(path[2:]) if _QUERY.fullmatch(path) else {}
        if asked.get("Action") != ["ConfirmSubscription"] or asked.get("TopicArn") != [topic]:
            raise OperationFailed(f"SNS: the link to subscribe to {topic} leads elsewhere")
        await self._get(address)

    async def close(self) -> None:
        """Close the connections kept open."""
        await self._client.aclose()

    async def _key(self, address: str) -> RSAPublicKey:
        """The certificate's key, asked for once in this process's life; one at a time.

        One that is known waits for nobody: forgers may keep the others busy.
        """
        if address in self._keys:
            return self._keys[address]
        async with self._fetching:
            if address not in self._keys:
                try:
                    body = await self._get(address)
                    found = x509.load_pem_x509_certificate(body).public_key()
                except (OperationFailed, ValueError) as error:
                    raise Temporary(f"SNS' certificate cannot be read: {error}") from error
                if not isinstance(found, RSAPublicKey):
                    raise Temporary("SNS' certificate is of another kind than RSA")
                self._keys[address] = found
            return self._keys[address]

    async def _get(self, address: str) -> bytes:
        """GET it once; no redirect is followed, so the host stays the one that was looked at."""
        url = address
        if self._stand_in is not None:
            url = f"{self._stand_in}/_sns/{address.removeprefix('https://')}"
        body = bytearray()
        try:
            async with asyncio.timeout(_SECONDS), self._client.stream("GET", url) as response:
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > _LARGEST:
                        break
        except (TimeoutError, httpx.HTTPError) as error:
            raise Temporary(f"SNS does not answer ({type(error).__name__})") from error
        if response.status_code >= 500 or response.status_code == 429:
            raise Temporary(f"SNS answered {response.status_code}")
        if response.status_code != 200:
            raise OperationFailed(f"SNS answered {response.status_code}")
        return bytes(body)


def canonical(message: Mapping[str, str]) -> bytes:
    """What SNS signs: names and values, a line each, in the order of the alphabet.

    Empty when a part is not there; a Subject is signed only when there is one.
    """
    names = _SIGNED if message.get("Type") == "Notification" else _SIGNED_OF_LINKS
    there = [name for name in names if name in message]
    if set(names) - set(there) - {"Subject"}:
        return b""
    try:
        return "".join(f"{name}\n{message[name]}\n" for name in there).encode()
    except UnicodeEncodeError:  # half of a surrogate pair: AWS has never signed that
        return b""


def _path_at_sns(address: str, message: Mapping[str, str]) -> str:
    """What follows the host, if that is SNS in the topic's own region; otherwise nothing.

    By prefix and not by parsing: two parsers may see two hosts in one address.
    """
    topic = _TOPIC.fullmatch(message.get("TopicArn", ""))
    if topic is None:
        return ""
    domain = "amazonaws.com.cn" if topic[1] == "aws-cn" else "amazonaws.com"
    host = f"https://sns.{topic[2]}.{domain}"
    return address.removeprefix(host) if address.startswith(f"{host}/") else ""


def _decoded(signature: str) -> bytes:
    try:
        return base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _stand_in(endpoint_url: str | None) -> str | None:
    """The address, if it is of this very machine: whoever can listen here owns the bot anyway."""
    host = urlsplit(endpoint_url or "").hostname or ""
    try:
        here = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        here = False
    return endpoint_url.rstrip("/") if endpoint_url and here else None
