"""What every test process has: the fixtures of the database, and AWS' models read once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import botocore.session
import pytest

pytest_plugins = ["tests.database"]


@pytest.fixture(scope="session", autouse=True)
def _models_read_once() -> Iterator[None]:
    """Every botocore session would parse the same JSON again, and most tests of AWS make one.

    A bot makes one session; a test process makes some hundred, at half a second for ten services.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", cache(botocore.session.create_loader))
        yield
