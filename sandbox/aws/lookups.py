"""What moto looks up again for every request, looked up once: a seventh of the plant's time.

Which service a host is (a listing of moto's own folder and 200 patterns), what actions a class
answers, and botocore's list of services, which moto makes for every model it reads.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from moto.core import loaders, responses, utils
from moto.moto_server.werkzeug_app import DomainDispatcherApplication


class Dispatcher(DomainDispatcherApplication):
    """moto's, remembering hosts: a sandbox meets a dozen."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        setattr(self, "get_backend_for_host", cache(self.get_backend_for_host))  # noqa: B010


def install() -> None:
    """Once per process."""
    setattr(utils, "create_loader", cache(loaders.create_loader))  # noqa: B010 - not its own
    names = cache(utils.method_names_from_class)
    setattr(responses, "method_names_from_class", names)  # noqa: B010
