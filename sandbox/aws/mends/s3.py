"""s3: the gate before every call, replication that can be seen, and permissions by IAM's names.

moto answers S3 past its dispatch, so the gate stands here once more; calls, faults and denials go
by IAM's names (`s3.GetObject` is a HEAD, too). An object is COMPLETED when the replica has the
same one, else PENDING, unless the knob `object` says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlparse

from moto.s3.responses import ACTION_MAP, S3Response

from sandbox.aws.gate import Gate, error
from sandbox.aws.plant import Plant

Answer = Callable[[S3Response, Any, str, Any], Any]


def install(plant: Plant) -> None:
    """Stand before buckets and keys, and answer HEAD with the replication's status."""
    gate = Gate(plant)
    ACTION_MAP["BUCKET"]["GET"]["replication"] = "GetReplicationConfiguration"
    ACTION_MAP["BUCKET"]["PUT"]["replication"] = "PutReplicationConfiguration"
    for method, kind in (("bucket_response", "BUCKET"), ("key_response", "KEY")):
        setattr(S3Response, method, _gated(gate, plant, getattr(S3Response, method), kind))
    own = S3Response.head_object

    def head_object(call: S3Response, bucket_name: str, query: Any, key: str, headers: Any) -> Any:
        status, given, body = own(call, bucket_name, query, key, headers)
        word = replication_status(plant, bucket_name, key) if int(status) == 200 else ""
        return status, {**given, **({"x-amz-replication-status": word} if word else {})}, body

    setattr(S3Response, "head_object", head_object)  # noqa: B010 - not a method to mypy


def replication_status(plant: Plant, bucket: str, key: str) -> str:
    """S3's word on one object; empty in a bucket without a rule."""
    said = plant.replicated.get((bucket, key))
    rules = getattr(plant.s3.get_bucket(bucket), "replication", None)
    if said is not None or not rules:
        return said or ""
    replica = rules["Rule"][0]["Destination"]["Bucket"].rpartition(":")[2]
    here, there = plant.s3.get_object(bucket, key), plant.s3.get_object(replica, key)
    same = here is not None and there is not None and here.etag == there.etag
    return "COMPLETED" if same else "PENDING"


def _gated(gate: Gate, plant: Plant, own: Answer, kind: str) -> Answer:
    def answer(call: S3Response, request: Any, full_url: str, headers: Any) -> Any:
        def act() -> Any:
            with plant.lock:
                return own(call, request, full_url, headers)

        def refuse(code: str, text: str, status: int, more: dict[str, str]) -> Any:
            call.setup_class(request, full_url, headers)
            return error(call, code, text, status, more)

        action = _action(kind, request.method, full_url)
        return gate.through("s3", action, act=act, refuse=refuse, parameters=dict)

    return answer


def _action(kind: str, method: str, full_url: str) -> str:
    """IAM's name for a request, as moto decides it."""
    query = parse_qs(urlparse(full_url).query, keep_blank_values=True)
    known = ACTION_MAP[kind].get(method, {})
    named = [action for word, action in known.items() if word in query]
    return named[-1] if named else known.get("DEFAULT", method)
