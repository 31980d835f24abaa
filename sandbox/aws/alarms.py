"""CloudWatch alarms as SNS delivers them: signed, and posted to the bot's `/webhooks/sns`.

moto's SNS delivers without headers, signature or confirmation, so this speaks for it. The key is
of this process alone; its certificate is served below `/_sns/`, where a bot whose
AWS_ENDPOINT_URL is on this machine looks for SNS' certificates (`sandbox.aws.server`).
"""

from __future__ import annotations

import base64
import json
import uuid
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.x509.oid import NameOID

from bot.topology import Topology
from sandbox.topics import ACCOUNT, topic_of

STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")
SIGNED = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
YEAR = timedelta(days=365)


class Alarms:
    """One per plant. `url` is where alarms are posted unless a call says otherwise."""

    def __init__(self, topology: Topology, url: str | None) -> None:
        self._topic = topic_of(topology)
        self._region = self._topic.split(":")[3]
        self._url = url

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        # Made for the first alarm: few worlds have one, and it takes up to half a second.
        return rsa.generate_private_key(public_exponent=65_537, key_size=2048)

    @cached_property
    def _made(self) -> x509.Certificate:
        return _certificate(self._key)

    @property
    def certificate(self) -> bytes:
        """What the signatures are checked with, as PEM; self-signed."""
        return self._made.public_bytes(serialization.Encoding.PEM)

    @property
    def name(self) -> str:
        """Its file's name: another one in every plant, since the bot keeps them."""
        digits = self._made.fingerprint(hashes.SHA256()).hex()[:32]
        return f"SimpleNotificationService-{digits}.pem"

    def tell(self, body: dict[str, Any]) -> dict[str, Any]:
        """Post one change of state; the answer's status, 0 when nobody answered."""
        url = body.get("url") or self._url
        state = str(body.get("state", "ALARM"))
        if url is None or state not in STATES:
            raise ValueError(f"needs a url, and a state of {', '.join(STATES)}")
        alarm = self._alarm(str(body["name"]), state, str(body.get("reason", "Threshold Crossed")))
        message = self._signed(f'{state}: "{alarm["AlarmName"]}"', json.dumps(alarm))
        try:
            status = httpx.post(url, json=message, timeout=5, trust_env=False).status_code
        except httpx.HTTPError:
            status = 0
        return {"status": status, "message_id": message["MessageId"]}

    def _alarm(self, name: str, state: str, reason: str) -> dict[str, Any]:
        return {
            "AlarmName": name,
            "AlarmDescription": None,
            "AWSAccountId": ACCOUNT,
            "NewStateValue": state,
            "OldStateValue": "OK" if state == "ALARM" else "ALARM",
            "NewStateReason": reason,
            "StateChangeTime": _now().isoformat(timespec="milliseconds").replace("+00:00", "+0000"),
            "Region": self._region,
            "AlarmArn": f"arn:aws:cloudwatch:{self._region}:{ACCOUNT}:alarm:{name}",
            "Trigger": {"MetricName": "HTTPCode_Target_5XX_Count", "Dimensions": []},
        }

    def _signed(self, subject: str, text: str) -> dict[str, str]:
        message = {
            "Type": "Notification",
            "MessageId": str(uuid.uuid4()),
            "TopicArn": self._topic,
            "Subject": subject,
            "Message": text,
            "Timestamp": _now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        canonical = "".join(f"{name}\n{message[name]}\n" for name in SIGNED)
        signature = self._key.sign(canonical.encode(), PKCS1v15(), hashes.SHA256())
        return {
            **message,
            "SignatureVersion": "2",
            "Signature": base64.b64encode(signature).decode(),
            "SigningCertURL": f"https://sns.{self._region}.amazonaws.com/{self.name}",
        }


def _certificate(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.sandbox")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_now() - YEAR)
        .not_valid_after(_now() + YEAR)
        .sign(key, hashes.SHA256())
    )


def _now() -> datetime:
    return datetime.now(UTC)
