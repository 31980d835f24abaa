"""What every test process has: the fixtures of the database, and what is read only once."""

from __future__ import annotations

import gc
import os
import ssl
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import botocore.session
import httpx
import httpx2
import pytest
from hypothesis import settings

from sandbox.processes import Crew
from tests.cast import moulds, popen

pytest_plugins = ["tests.database"]


@pytest.hookimpl(wrapper=True)
def pytest_cmdline_main(config: pytest.Config) -> Iterator[None]:
    """The session's moulds are opened by its first process, before it starts others."""
    with moulds():
        return (yield)


settings.register_profile("filmops", deadline=None)
settings.load_profile("filmops")
"""How long an example takes says how busy the machine is."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests begin first: a file is one process', and nobody shall wait for it at
    the end.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish() -> None:
    """Five thousand tests are collected and stay: the collector need not look at them again, nor
    every time some hundred objects were made (a twentieth of the time).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def _parts_by_mould() -> Iterator[None]:
    """The sandbox's parts, wherever a test starts them, need not import what they run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Crew, "popen", staticmethod(popen))
        yield


@pytest.fixture(scope="session", autouse=True)
def _models_read_once() -> Iterator[None]:
    """Every botocore session would parse the same JSON again, and most tests of AWS make one.

    A bot makes one session; a test process makes some hundred, at half a second for ten services.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", cache(botocore.session.create_loader))
        yield


@pytest.fixture(scope="session", autouse=True)
def _trust_read_once() -> Iterator[None]:
    """Every httpx client would read the same certificates again, which takes it 25 ms.

    A bot makes five; a test process makes some thousand. (pagerduty's is httpx2.)
    """
    with pytest.MonkeyPatch.context() as patch:
        for package in (httpx, httpx2):
            own = package.create_ssl_context
            place = f"{package.__name__}._transports.default.create_ssl_context"
            patch.setattr(place, _remembering(own))
        yield


def _remembering(own: Callable[..., ssl.SSLContext]) -> Callable[..., ssl.SSLContext]:
    @cache
    def read(cafile: str | None, capath: str | None, **given: Any) -> ssl.SSLContext:
        return own(**given)

    def shared(**given: Any) -> ssl.SSLContext:
        if given.get("verify", True) is not True or given.get("cert") is not None:
            return own(**given)
        return read(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"), **given)

    return shared
