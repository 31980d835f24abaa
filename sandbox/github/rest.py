"""GitHub's REST API as far as it is asked: paths, pages, and its own way of saying no."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlencode

from sandbox.github import shapes
from sandbox.github.account import Account, Repository, Unprocessable

PER_PAGE, AT_MOST = 30, 100


@dataclass(slots=True, kw_only=True)
class Request:
    """A call. `base` is where it came in, and where links lead: with `/api/v3` if that was used."""

    method: str
    path: str
    base: str
    query: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Answer:
    """A status, a body (None: nothing at all) and headers."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


Found = Callable[[Request, Repository, str], Answer]


class Rest:
    """The table of what it answers."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._routes: list[tuple[str, re.Pattern[str], Found]] = [
            (method, re.compile(pattern), found)
            for method, pattern, found in (
                ("GET", r"", self._repository),
                ("GET", r"/commits/([^/]+)", self._commit),
                ("GET", r"/commits/([^/]+)/check-runs", self._check_runs),
                ("GET", r"/commits/([^/]+)/pulls", self._pulls),
                ("GET", r"/statuses/([^/]+)", self._statuses),
                ("GET", r"/pulls/(\d+)/reviews", self._reviews),
                ("GET", r"/contents/\.github/workflows/([^/]+)", self._contents),
                ("GET", r"/actions/workflows/([^/]+)", self._workflow),
                ("GET", r"/actions/workflows/([^/]+)/runs", self._runs),
                ("POST", r"/actions/workflows/([^/]+)/dispatches", self._dispatch),
                ("GET", r"/actions/runs/(\d+)", self._run),
            )
        ]

    def answer(self, request: Request) -> Answer:
        """Carry out a call."""
        parts = request.path.split("/", 4)
        if parts[1:2] != ["repos"] or len(parts) < 4:
            return not_found()
        repository = self._account.repositories.get("/".join(parts[2:4]).lower())
        rest = f"/{parts[4]}" if len(parts) > 4 else ""
        if repository is not None and "/".join(parts[2:4]).lower() != repository.name.lower():
            return _moved(request, f"/repos/{repository.name}{rest}")
        for method, pattern, found in self._routes:
            fits = pattern.fullmatch(rest)
            if repository is not None and method == request.method and fits:
                argument = unquote(fits[1]) if pattern.groups else ""
                return found(request, repository, argument)
        return not_found()

    def _repository(self, request: Request, repository: Repository, _: str) -> Answer:
        return Answer(body=shapes.repository(request.base, repository))

    def _commit(self, request: Request, repository: Repository, ref: str) -> Answer:
        found = repository.commit(ref)
        if found is None:
            return refused(f"No commit found for SHA: {ref}")
        return Answer(body=shapes.commit(request.base, repository, found))

    def _check_runs(self, request: Request, repository: Repository, ref: str) -> Answer:
        found = repository.commit(ref)
        if found is None:
            return refused(f"No commit found for SHA: {ref}")
        return paged(request, [shapes.check_run(*check) for check in found.checks], "check_runs")

    def _statuses(self, request: Request, repository: Repository, ref: str) -> Answer:
        found = repository.commit(ref)
        newest_first = reversed(found.statuses) if found else ()
        return paged(request, [shapes.status(*status) for status in newest_first])

    def _pulls(self, request: Request, repository: Repository, ref: str) -> Answer:
        found = repository.commit(ref)
        if found is None:
            return refused(f"No commit found for SHA: {ref}")
        brought = [] if found.pull is None else [shapes.pull(request.base, repository, found)]
        return paged(request, brought)

    def _reviews(self, request: Request, repository: Repository, number: str) -> Answer:
        found = repository.pull(int(number))
        if found is None:
            return not_found()
        return paged(request, [shapes.review(*review) for review in found.reviews])

    def _contents(self, request: Request, repository: Repository, file: str) -> Answer:
        found = repository.workflows.get(file)
        if found is None or repository.commit(request.query.get("ref", "main")) is None:
            return not_found()
        content = base64.encodebytes(found.text.encode()).decode()
        path = f".github/workflows/{file}"
        body = {"type": "file", "path": path, "encoding": "base64", "content": content}
        return Answer(body=body)

    def _workflow(self, request: Request, repository: Repository, file: str) -> Answer:
        found = repository.workflows.get(file)
        if found is None:
            return not_found()
        return Answer(body=shapes.workflow(request.base, repository, found))

    def _runs(self, request: Request, repository: Repository, file: str) -> Answer:
        if file not in repository.workflows:
            return not_found()
        since = request.query.get("created", ">=").removeprefix(">=")
        shown = [shapes.run(request.base, repository, run) for run in reversed(repository.runs)]
        fitting = [
            run
            for run in shown
            if run["path"].endswith(f"/{file}")
            and run["event"] == request.query.get("event", run["event"])
            and run["head_branch"] == request.query.get("branch", run["head_branch"])
            and run["created_at"] >= since
        ]
        return paged(request, fitting, "workflow_runs")

    def _dispatch(self, request: Request, repository: Repository, file: str) -> Answer:
        found = repository.workflows.get(file)
        if found is None:
            return not_found()
        inputs = request.body.get("inputs") or {}
        try:
            ref = str(request.body["ref"]).removeprefix("refs/heads/")
            self._account.start(repository, found, ref, inputs)
        except KeyError:
            return refused('Invalid request.\n\n"ref" wasn\'t supplied.')
        except Unprocessable as error:
            return refused(str(error))
        return Answer(status=204)

    def _run(self, request: Request, repository: Repository, number: str) -> Answer:
        found = next((run for run in repository.runs if run.id == int(number)), None)
        if found is None:
            return not_found()
        return Answer(body=shapes.run(request.base, repository, found))


def paged(request: Request, items: list[dict[str, Any]], name: str = "") -> Answer:
    """One page, and the link to the next; with a name the list stands below it, counted."""
    size = min(max(int(request.query.get("per_page", PER_PAGE)), 1), AT_MOST)
    page = max(int(request.query.get("page", 1)), 1)
    part = items[(page - 1) * size : page * size]
    headers = {}
    if page * size < len(items):
        query = urlencode({**request.query, "page": page + 1})
        headers["Link"] = f'<{request.base}{request.path}?{query}>; rel="next"'
    body = {"total_count": len(items), name: part} if name else part
    return Answer(body=body, headers=headers)


def not_found() -> Answer:
    """GitHub's 404, for what is not there and for what may not be seen."""
    return Answer(status=404, body=_said("Not Found"))


def refused(message: str) -> Answer:
    """GitHub's 422."""
    return Answer(status=422, body=_said(message))


def _moved(request: Request, path: str) -> Answer:
    """Of a repository that was renamed: to stay for a question, for this once with a change."""
    query = f"?{urlencode(request.query)}" if request.query else ""
    headers = {"Location": f"{request.base}{path}{query}"}
    status = 301 if request.method == "GET" else 307
    return Answer(status=status, body=_said("Moved"), headers=headers)


def unauthorised() -> Answer:
    """GitHub's 401."""
    return Answer(status=401, body=_said("Bad credentials"))


def _said(message: str) -> dict[str, str]:
    return {"message": message, "documentation_url": "https://docs.github.com/rest"}


def decoded(raw: bytes) -> dict[str, Any]:
    """A JSON object; an empty body is an empty one. Raises ValueError."""
    body = json.loads(raw or b"{}")
    if not isinstance(body, dict):
        raise ValueError("not an object")  # noqa: TRY004 - to the caller it is unreadable
    return body
