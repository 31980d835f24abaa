"""What only the real adapter can show: reviews, checks, faults, and what `filmops check` says."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from github import Github

from bot.adapters.github import GithubCode
from bot.adapters.github_api import THREADS, Api
from bot.adapters.github_checks import GithubChecks
from bot.app import github_of
from bot.domain.code import CheckState
from bot.errors import OperationFailed, Temporary
from bot.settings import load_settings
from bot.topology import GithubSource, load
from sandbox.world import CHECKOUT
from tests.github import REPOSITORY, SOURCE, TOKEN, LocalGithub

pytestmark = pytest.mark.contract

VERSION = "v1.4.2"


def nothing_in_the_way() -> None:
    """A fence that holds nobody up."""


@pytest.fixture
def code(api: Api) -> GithubCode:
    return GithubCode(api)


# --- reviews -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reviews", "approvers"),
    [
        ([("ana", "APPROVED"), ("ana", "APPROVED")], ("ana",)),
        ([("ana", "APPROVED"), ("ana", "COMMENTED")], ("ana",)),
        ([("ana", "APPROVED"), ("ana", "CHANGES_REQUESTED")], ()),
        ([("ana", "CHANGES_REQUESTED"), ("ana", "APPROVED")], ("ana",)),
        ([("ana", "APPROVED"), ("ana", "DISMISSED")], ()),
        ([("dana", "APPROVED"), ("ana", "APPROVED")], ("ana",)),
        ([("renovate[bot]", "APPROVED"), ("", "APPROVED")], ()),
    ],
    ids=["once", "a comment", "no after yes", "yes after no", "dismissed", "author", "nobody"],
)
async def test_a_persons_last_word_counts_and_the_authors_does_not(
    code: GithubCode,
    github: LocalGithub,
    reviews: list[tuple[str, str]],
    approvers: tuple[str, ...],
) -> None:
    github.tell("version", version=VERSION, reviews=reviews, author="dana")
    assert (await code.evidence(SOURCE, VERSION)).approvers == approvers


async def test_a_pull_request_that_is_open_has_brought_nothing(
    code: GithubCode, github: LocalGithub
) -> None:
    github.tell("version", version=VERSION, merged=False)
    found = await code.evidence(SOURCE, VERSION)
    assert (found.pulls, found.approvers) == ((), ())


# --- checks ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stands", "state"),
    [
        ("neutral", CheckState.OK),
        ("skipped", CheckState.OK),
        ("queued", CheckState.PENDING),
        ("in_progress", CheckState.PENDING),
        ("cancelled", CheckState.FAILED),
        ("timed_out", CheckState.FAILED),
    ],
)
async def test_a_check_stands_as_github_itself_takes_it(
    code: GithubCode, github: LocalGithub, stands: str, state: CheckState
) -> None:
    github.tell("version", version=VERSION, checks=[["test", stands]])
    assert (await code.evidence(SOURCE, VERSION)).checks["test"] is state


async def test_of_two_checks_with_one_name_the_worse_counts_of_statuses_the_newest(
    code: GithubCode, github: LocalGithub
) -> None:
    github.tell(
        "version",
        version=VERSION,
        checks=[["test", "success"], ["test", "failure"], ["lint", "success"]],
        statuses=[["old", "error"], ["old", "success"], ["scan", "success"], ["scan", "pending"]],
    )
    assert (await code.evidence(SOURCE, VERSION)).checks == {
        "test": CheckState.FAILED,
        "lint": CheckState.OK,
        "old": CheckState.OK,
        "scan": CheckState.PENDING,
    }


async def test_a_failure_on_the_second_page_is_seen(code: GithubCode, github: LocalGithub) -> None:
    many = [[f"test {number}", "success"] for number in range(120)]
    github.tell("version", version=VERSION, checks=[*many, ["last", "failure"]])
    found = await code.evidence(SOURCE, VERSION)
    assert (len(found.checks), found.checks["last"]) == (122, CheckState.FAILED)


async def test_nothing_is_asked_twice(code: GithubCode, github: LocalGithub) -> None:
    sha = (await code.evidence(SOURCE, VERSION)).commit
    assert github.calls() == [
        f"GET /commits/{VERSION}",
        f"GET /commits/{sha}/pulls",
        f"GET /commits/{sha}/check-runs",
        f"GET /statuses/{sha}",
        "GET /pulls/103/reviews",
    ]


async def test_questions_at_the_same_time_have_a_client_each(api: Api) -> None:
    together = threading.Barrier(THREADS)

    def which(client: Github) -> int:
        together.wait(timeout=10)
        return id(client)

    for _ in range(2):  # the second time they are there already
        found = await asyncio.gather(*(api.run("nothing", which) for _ in range(THREADS)))
        assert len(set(found)) == THREADS


@pytest.mark.parametrize("version", ["..", "-x", "a b", "v1?ref=main", ""])
async def test_what_is_no_git_ref_is_not_asked_for(
    code: GithubCode, github: LocalGithub, version: str
) -> None:
    with pytest.raises(OperationFailed) as raised:
        await code.evidence(SOURCE, version)
    assert raised.value.code == "not_found"
    assert github.calls() == []


# --- faults ------------------------------------------------------------------------------------


async def test_a_start_whose_answer_was_lost_is_found(
    code: GithubCode, github: LocalGithub
) -> None:
    github.tell("faults", match="POST *", kind="drop")
    since = datetime.now(UTC)
    with pytest.raises(Temporary):
        await code.dispatch(SOURCE, inputs={}, key="R7", fence=nothing_in_the_way)
    found = await code.find(SOURCE, "R7", since)
    assert [run["id"] for run in github.runs()] == [found.id if found else None]


@pytest.mark.parametrize("status", [500, 502, 429])
async def test_a_start_is_sent_once_whatever_comes_back(
    code: GithubCode, github: LocalGithub, status: int
) -> None:
    github.tell("faults", match="POST *", kind="status", status=status, times=None)
    with pytest.raises(Temporary):
        await code.dispatch(SOURCE, inputs={}, key="R7", fence=nothing_in_the_way)
    assert sum(call.startswith("POST ") for call in github.calls()) == 1


async def test_a_renamed_repository_is_read_and_starts_nothing(
    code: GithubCode, api: Api, github: LocalGithub
) -> None:
    github.tell("rename", to="ai-film-studio/api")
    assert (await code.evidence(SOURCE, VERSION)).approvers == ("ana", "chloe")
    with pytest.raises(OperationFailed, match="started nothing"):
        await code.dispatch(SOURCE, inputs={}, key="R7", fence=nothing_in_the_way)
    assert github.runs() == []
    assert await looked(api) == (False, "is now called ai-film-studio/api")


async def test_an_answer_without_a_commit_is_a_passing_fault(
    code: GithubCode, github: LocalGithub
) -> None:
    github.tell("faults", match="GET *", kind="status", status=200)
    with pytest.raises(Temporary, match="could not be read"):
        await code.evidence(SOURCE, VERSION)


async def test_github_may_be_slow_only_so_long(github: LocalGithub) -> None:
    impatient = Api(token=TOKEN, base_url=github.url, seconds=1)
    github.tell("faults", match="GET *", kind="latency", seconds=1.5)
    with pytest.raises(Temporary, match="ReadTimeout"):
        await GithubCode(impatient).run(SOURCE, 1)
    await impatient.close()


async def test_a_wrong_token_says_what_to_set(github: LocalGithub) -> None:
    api = Api(token="key-wrong", base_url=github.url)
    with pytest.raises(OperationFailed) as raised:
        await GithubCode(api).evidence(SOURCE, VERSION)
    await api.close()
    assert (raised.value.code, "GITHUB_TOKEN" in raised.value.hint) == ("denied", True)
    assert "key-wrong" not in f"{raised.value} {raised.value.hint}"


async def test_an_enterprises_address_has_a_path(github: LocalGithub) -> None:
    api = Api(token=TOKEN, base_url=f"{github.url}/api/v3/")
    found = await GithubCode(api).evidence(SOURCE, VERSION)
    await api.close()
    assert found.approvers == ("ana", "chloe")


async def test_where_nobody_listens_is_a_passing_fault() -> None:
    api = Api(token=TOKEN, base_url="http://127.0.0.1:1")
    with pytest.raises(Temporary):
        await GithubCode(api).evidence(SOURCE, VERSION)
    await api.close()


# --- filmops check -----------------------------------------------------------------------------


async def looked(api: Api, source: GithubSource = SOURCE) -> tuple[bool, str]:
    (found,) = await GithubChecks(api, {"backend": source}).check()
    assert found.subject == f"GitHub {source.repository} (backend)"
    assert bool(found.fix) is not found.ok
    return found.ok, found.said


async def test_check_says_what_can_be_done_there(api: Api, github: LocalGithub) -> None:
    reads = GithubSource(repository=REPOSITORY)
    assert await looked(api, reads) == (True, "tests and reviews can be read")
    assert await looked(api) == (
        True,
        "tests and reviews can be read; deploy.yml is there, its runs are known by name",
    )
    github.tell("workflow", keyed=False)
    assert (await looked(api))[1].endswith("known by time: its run-name has no inputs.filmops")


async def test_check_names_what_is_not_there(api: Api, github: LocalGithub) -> None:
    ok, said = await looked(api, GithubSource(repository="ai-film-studio/other"))
    assert (ok, said) == (False, "GitHub (ai-film-studio/other): 404: Not Found")
    ok, said = await looked(api, SOURCE.model_copy(update={"workflow": "other.yml"}))
    assert (ok, "404" in said) == (False, True)
    github.tell("workflow", state="disabled_manually")
    assert await looked(api) == (False, "deploy.yml is disabled_manually")


async def test_check_names_the_permission_the_token_lacks(api: Api, github: LocalGithub) -> None:
    headers = {"X-Accepted-GitHub-Permissions": "checks=read"}
    github.tell("faults", match="*/check-runs", kind="status", status=403, headers=headers)
    (found,) = await GithubChecks(api, {"backend": SOURCE}).check()
    assert (found.ok, "checks=read" in found.fix) == (False, True)


async def test_without_a_token_or_a_source_there_is_no_github(tmp_path: Path) -> None:
    text = (CHECKOUT / "filmops.toml").read_text(encoding="utf-8")
    file = tmp_path / "filmops.toml"
    table = f'\n[services.backend.deploy.github]\nrepository = "{REPOSITORY}"\n'
    file.write_text(text + table, encoding="utf-8")
    shipped, named = load(CHECKOUT / "filmops.toml"), load(file)
    with_token = load_settings({"GITHUB_TOKEN": TOKEN})
    assert github_of(with_token, shipped) is None
    assert github_of(load_settings({}), named) is None
    github = github_of(with_token, named)
    assert github is not None
    await github.close()
