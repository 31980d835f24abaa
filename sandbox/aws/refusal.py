"""Errors in AWS's own words, for `gate` and `mends`.

moto chooses the wire protocol of an error by the module its class says it comes from.
"""

from __future__ import annotations

from moto.core.exceptions import ServiceException


def refusal(service: str, code: str, text: str) -> ServiceException:
    """An error of a service, by moto's name for it (`elbv2`, `cloudwatch`)."""
    kind = type("Refusal", (ServiceException,), {"__module__": f"moto.{service}.exceptions"})
    error: ServiceException = kind(code, text)
    return error
