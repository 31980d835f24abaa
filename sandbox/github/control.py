"""What tests and people may do to the local GitHub: `/_control/…`, JSON in and out.

    GET|POST|DELETE faults     GET calls | runs     POST reset
    POST version {"version", and any of "checks", "statuses": [[name, stands]], "reviews":
        [[login, state]], "author", "pull": number or null, "merged"}: a new one is made
    POST workflow {any of "keyed", "inputs": [names], "state"}
    POST ending {any of "conclusion", "queued", "seconds", "hook"}: how the next run goes
    POST start {"inputs"}: somebody starts the workflow by hand
    POST age {"seconds"}: what was started is so much older
    POST rename {"to"}: the repository has another name, and its old one leads there

A body may name the "repository" and the "workflow"; without, the first is meant.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sandbox.faults import Faults
from sandbox.github.account import Account, Repository, Unprocessable
from sandbox.github.rest import Answer, Request
from sandbox.github.values import Ending, Run, Version, Workflow, sha_of


class Control:
    """The controls of one account."""

    def __init__(self, account: Account, faults: Faults, calls: list[dict[str, Any]]) -> None:
        self._account = account
        self._faults = faults
        self._calls = calls
        self._routes: dict[str, Callable[[dict[str, Any]], Any]] = {
            "GET faults": lambda _: faults.listing(),
            "POST faults": lambda body: asdict(faults.arm(body)),
            "DELETE faults": lambda _: faults.clear(),
            "GET calls": lambda _: calls,
            "GET runs": self._runs,
            "POST reset": self._reset,
            "POST version": self._version,
            "POST workflow": self._workflow,
            "POST ending": self._ending,
            "POST start": self._start,
            "POST age": self._age,
            "POST rename": self._rename,
        }

    def answer(self, request: Request) -> Answer:
        """Carry out one request; what does not fit is 400 with the reason."""
        name = f"{request.method} {request.path.removeprefix('/_control/')}"
        route = self._routes.get(name)
        if route is None:
            return Answer(status=404, body={"error": "unknown", "known": list(self._routes)})
        try:
            found = route(request.body)
            return Answer(body={"ok": True} if found is None else found)
        except (AttributeError, KeyError, TypeError, ValueError, Unprocessable) as error:
            return Answer(status=400, body={"error": f"{type(error).__name__}: {error}"})

    def _runs(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"runs": [_shown(run) for run in self._repository(body).runs]}

    def _reset(self, body: dict[str, Any]) -> None:
        self._account.reset()
        self._faults.clear()
        self._calls.clear()

    def _version(self, body: dict[str, Any]) -> dict[str, Any]:
        repository = self._repository(body)
        name = str(body.pop("version"))
        new = Version(name=name, sha=sha_of(repository.name, name))
        version = repository.versions.setdefault(name, new)
        for key in ("checks", "statuses", "reviews"):
            if key in body:
                setattr(version, key, [(str(one), str(two)) for one, two in body.pop(key)])
        for key, value in body.items():
            setattr(version, key, value)
        return {"sha": version.sha}

    def _workflow(self, body: dict[str, Any]) -> None:
        workflow = self._file(body)
        for key, value in body.items():
            setattr(workflow, key, tuple(value) if key == "inputs" else value)

    def _ending(self, body: dict[str, Any]) -> None:
        workflow = self._file(body)
        workflow.endings.append(Ending(**body))

    def _start(self, body: dict[str, Any]) -> dict[str, Any]:
        repository = self._repository({"repository": body.get("repository")})
        workflow = self._file(body)
        inputs = {str(key): str(value) for key, value in body.get("inputs", {}).items()}
        return _shown(self._account.start(repository, workflow, "main", inputs))

    def _age(self, body: dict[str, Any]) -> None:
        for run in self._repository(body).runs:
            run.created -= float(body["seconds"])

    def _rename(self, body: dict[str, Any]) -> None:
        repository = self._repository(body)
        repository.name = str(body["to"])
        self._account.repositories[repository.name.lower()] = repository

    def _repository(self, body: dict[str, Any]) -> Repository:
        name = body.pop("repository", None)
        if name is None:
            return next(iter(self._account.repositories.values()))
        return self._account.repositories[str(name).lower()]

    def _file(self, body: dict[str, Any]) -> Workflow:
        workflows = self._repository(body).workflows
        return workflows[body.pop("workflow", next(iter(workflows)))]


def _shown(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "title": run.title,
        "inputs": run.inputs,
        "status": run.status,
        "conclusion": run.conclusion,
    }
