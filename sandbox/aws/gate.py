"""What stands before every AWS call: faults, denials, the record, and one lock.

Wraps moto's `call_action`, where service, action and parameters are known and an error can be
written in the service's own wire protocol. moto's silences become errors here.
"""

from __future__ import annotations

import sys
import time
import traceback
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from moto.core.responses import ActionResult, BaseResponse

from sandbox.aws.plant import Plant
from sandbox.aws.refusal import refusal
from sandbox.faults import Fault

# moto's names → the ones of IAM policies, which faults, denials and the record use.
SERVICES = {
    "elbv2": "elasticloadbalancing",
    "applicationautoscaling": "application-autoscaling",
    "awslambda": "lambda",
}


class Dropped(Exception):
    """The connection is to be closed without an answer."""


class Gate:
    """One per plant."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant

    def install(self) -> None:
        """Put the gate around moto's dispatch. Once per process."""
        # moto warns of a code the service's model does not list; throttling never is.
        warnings.filterwarnings("ignore", message=r"Exception\(Refusal\) with code")
        own = BaseResponse.call_action

        def call_action(response: BaseResponse) -> Any:
            return self._answer(response, lambda: own(response))

        setattr(BaseResponse, "call_action", call_action)  # noqa: B010 - not a method to mypy

    def _answer(self, response: BaseResponse, own: Any) -> Any:
        name = str(response.service_name)
        service = SERVICES.get(name, name)
        # moto gives the action's name nowhere else.
        action = str(response._get_action() or "")  # noqa: SLF001

        def refuse(code: str, text: str, status: int, headers: dict[str, str]) -> Any:
            return error(response, code, text, status, headers)

        return self.through(
            service,
            action,
            act=lambda: self._act(response, service, own),
            refuse=refuse,
            parameters=lambda: _parameters(response),
            denial="AccessDeniedException" if _speaks_json(response) else "AccessDenied",
        )

    def through(
        self,
        service: str,
        action: str,
        *,
        act: Callable[[], Any],
        refuse: Callable[[str, str, int, dict[str, str]], Any],
        parameters: Callable[[], dict[str, Any]],
        denial: str = "AccessDenied",
    ) -> Any:
        """One call: what is armed for it happens, it is refused or carried out, and written down.

        `refuse` answers with a code, a text, a status and headers. Raises Dropped.
        """
        fault = self._plant.faults.take(f"{service}.{action}")
        outcome, result = "done", None
        try:
            if fault is not None:
                self._before(fault)
            result = self._refusal(service, action, fault, refuse, denial) or act()
            outcome = _outcome(result)
            if fault is not None and fault.kind == "drop":
                outcome = "dropped"
                raise Dropped
        except Dropped:
            outcome = outcome if outcome == "dropped" else "refused"
            raise
        finally:
            self._plant.calls.record(service, action, parameters(), outcome)
        return result

    def _before(self, fault: Fault) -> None:
        if fault.kind == "latency":
            time.sleep(fault.seconds)
        if fault.kind == "refuse":
            raise Dropped

    def _refusal(
        self,
        service: str,
        action: str,
        fault: Fault | None,
        refuse: Callable[[str, str, int, dict[str, str]], Any],
        denial: str,
    ) -> Any:
        if fault is not None and fault.kind == "status":
            return refuse(fault.code, "A fault armed in the sandbox", fault.status, fault.headers)
        if f"{service}:{action}" in self._plant.denied:
            caller = f"User: arn:aws:sts::{self._plant.account}:user/moto"
            return refuse(
                denial, f"{caller} is not authorized to perform: {service}:{action}", 403, {}
            )
        return None

    def _act(self, response: BaseResponse, service: str, own: Any) -> Any:
        # A long poll must not hold the plant.
        with nullcontext() if service == "sqs" else self._plant.lock:
            try:
                return own()
            except NotImplementedError as missing:
                return error(response, "NotImplemented", f"Not in the sandbox: {missing}", 501)
            except Exception as broken:  # noqa: BLE001 - the edge: moto's crash is an answer too
                traceback.print_exc(file=sys.stderr)
                return error(response, "InternalFailure", repr(broken), 500)


def error(
    response: BaseResponse,
    code: str,
    text: str,
    status: int,
    headers: dict[str, str] | None = None,
) -> Any:
    """An error in the wire protocol of the call, with the status and headers wanted."""
    problem = refusal(str(response.service_name), code, text)
    _, own_headers, body = response.serialized(ActionResult(problem))
    return status, {**own_headers, **(headers or {}), "status": str(status)}, body


def _speaks_json(response: BaseResponse) -> bool:
    return "x-amz-json" in str(response.headers.get("Content-Type", ""))


def _outcome(result: Any) -> str:
    return "done" if int(result[0]) < 400 else f"status {result[0]}"


def _parameters(response: BaseResponse) -> dict[str, Any]:
    params = getattr(response, "params", None)
    return _plain(dict(params)) if params else {}


def _plain(value: Any) -> Any:
    """Parameters as JSON values."""
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
