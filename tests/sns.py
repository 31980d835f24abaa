"""AWS SNS as a test needs it: an own certificate, messages signed with it, and what was asked."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.x509.oid import NameOID

TOPIC = "arn:aws:sns:us-east-1:123456789012:prod-alerts"
HOST = "https://sns.us-east-1.amazonaws.com"
CERTIFICATE = f"{HOST}/SimpleNotificationService-0123456789abcdef.pem"
SUBSCRIBE = f"{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f"
CONFIRMATION = {
    "Type": "SubscriptionConfirmation",
    "Token": "2336412f",
    "SubscribeURL": SUBSCRIBE,
    "Message": "You have chosen to subscribe",
}
HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "1": hashes.SHA1(),  # noqa: S303 - SNS still signs with it unless told otherwise
    "2": hashes.SHA256(),
}


@cache
def key(owner: str) -> rsa.RSAPrivateKey:
    """A key pair; `owner` tells SNS' from a forger's."""
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)


@cache
def certificate() -> bytes:
    """SNS' certificate, self-signed: what is trusted is the address it comes from."""
    return self_signed(key("sns"))


def self_signed(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    """A certificate of that key."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=3650))
        .sign(private, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM)


def signed(version: str = "2", by: str = "sns", **changed: Any) -> dict[str, Any]:
    """A message with a right signature; None leaves a part out, from the signed text too."""
    message = {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Subject": "Disk",
        "Message": "disk full",
        "Timestamp": "2026-03-01T03:00:05.000Z",
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE,
        "UnsubscribeURL": f"{HOST}/?Action=Unsubscribe&SubscriptionArn=x",
        **changed,
    }
    message = {name: value for name, value in message.items() if value is not None}
    # Written out once more, apart from the code under test: AWS' own documentation of the order.
    order = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    if message["Type"] != "Notification":
        order = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{message[name]}\n" for name in order if name in message)
    signature = key(by).sign(text.encode(), PKCS1v15(), HASHES[version])
    return {**message, "Signature": base64.b64encode(signature).decode()}


@dataclass
class Aws:
    """The far side: answers with the certificate, and remembers every address it was asked."""

    asked: list[str] = field(default_factory=list)
    status: int = 200
    body: bytes | None = None
    away: bool = False

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        if self.away:
            raise httpx.ConnectError("nobody there")
        headers = {"Location": "https://evil.example/"} if self.status in (301, 302) else {}
        content = certificate() if self.body is None else self.body
        return httpx.Response(self.status, content=content, headers=headers)
