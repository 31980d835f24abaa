"""One suite on both of Code: the twin, and PyGithub before the local GitHub."""

from __future__ import annotations

import pytest

from bot.domain.code import CheckState, WorkflowState
from bot.errors import Fenced, OperationFailed, Temporary
from bot.topology import GithubSource
from tests.contract.code_stage import Stage
from tests.github import REPOSITORY, SOURCE

pytestmark = pytest.mark.contract

DEPLOY = {"action": "deploy", "version": "v1.4.2"}


def nothing_in_the_way() -> None:
    """A fence that holds nobody up."""


async def start(stage: Stage, key: str = "R42", **more: str) -> None:
    await stage.code.dispatch(SOURCE, inputs={**DEPLOY, **more}, key=key, fence=nothing_in_the_way)


async def test_a_version_has_its_tests_and_its_approvers(code_stage: Stage) -> None:
    found = await code_stage.code.evidence(SOURCE, "v1.4.2")
    assert len(found.commit) == 40
    assert found.checks["test"] is CheckState.OK
    assert (found.pulls, found.approvers) == ((103,), ("ana", "chloe"))


async def test_a_version_that_was_pushed_has_no_pull_request(code_stage: Stage) -> None:
    code_stage.pushed("v1.5.0", failing="browser")
    found = await code_stage.code.evidence(SOURCE, "v1.5.0")
    assert (found.pulls, found.approvers) == ((), ())
    assert found.checks["browser"] is CheckState.FAILED
    assert found.checks["lint"] is CheckState.OK


async def test_the_tag_says_which_ref_a_version_is(code_stage: Stage) -> None:
    tagged = GithubSource(repository=REPOSITORY, tag="v{version}")
    found = await code_stage.code.evidence(tagged, "1.4.2")
    assert found == await code_stage.code.evidence(SOURCE, "v1.4.2")


async def test_an_unknown_version_is_not_found(code_stage: Stage) -> None:
    with pytest.raises(OperationFailed) as raised:
        await code_stage.code.evidence(SOURCE, "v9.9.9")
    assert raised.value.code == "not_found"


async def test_a_started_workflow_is_found_by_its_key_alone(code_stage: Stage) -> None:
    since = code_stage.now()
    await start(code_stage, "R4")
    await start(code_stage, "R42")
    assert code_stage.started() == [DEPLOY, DEPLOY]
    first = await code_stage.code.find(SOURCE, "R4", since)
    second = await code_stage.code.find(SOURCE, "R42", since)
    assert first is not None
    assert second is not None
    assert first.id != second.id
    assert await code_stage.code.find(SOURCE, "R2", since) is None


async def test_what_people_start_by_hand_is_not_ours(code_stage: Stage) -> None:
    since = code_stage.now()
    code_stage.by_hand()
    assert await code_stage.code.find(SOURCE, "R42", since) is None


async def test_without_a_run_name_ours_is_the_first_since_then(code_stage: Stage) -> None:
    code_stage.without_run_name()
    code_stage.by_hand()
    code_stage.minutes_pass()
    since = code_stage.now()
    assert await code_stage.code.find(SOURCE, "R42", since) is None
    await start(code_stage)
    ours = await code_stage.code.find(SOURCE, "R42", since)
    theirs = code_stage.by_hand()
    assert ours is not None
    assert ours.id < theirs
    assert await code_stage.code.find(SOURCE, "R42", since) == ours
    assert code_stage.started()[1] == DEPLOY


@pytest.mark.parametrize(
    ("state", "conclusion", "succeeded"),
    [
        (WorkflowState.QUEUED, "", False),
        (WorkflowState.RUNNING, "", False),
        (WorkflowState.COMPLETED, "success", True),
        (WorkflowState.COMPLETED, "cancelled", False),
    ],
)
async def test_a_run_says_where_it_stands(
    code_stage: Stage, state: WorkflowState, conclusion: str, succeeded: bool
) -> None:
    code_stage.begins(state, conclusion)
    since = code_stage.now()
    await start(code_stage)
    found = await code_stage.code.find(SOURCE, "R42", since)
    assert found is not None
    run = await code_stage.code.run(SOURCE, found.id)
    assert (run.state, run.conclusion, run.succeeded) == (state, conclusion, succeeded)
    assert run.url.endswith(str(run.id))


async def test_a_run_goes_on_to_its_end(code_stage: Stage) -> None:
    code_stage.begins(WorkflowState.RUNNING)
    run_id = code_stage.by_hand()
    assert (await code_stage.code.run(SOURCE, run_id)).state is WorkflowState.RUNNING
    code_stage.ends(run_id)
    assert (await code_stage.code.run(SOURCE, run_id)).succeeded


async def test_a_run_that_is_not_there_is_not_found(code_stage: Stage) -> None:
    with pytest.raises(OperationFailed) as raised:
        await code_stage.code.run(SOURCE, 77)
    assert raised.value.code == "not_found"


async def test_a_lost_lease_starts_nothing(code_stage: Stage) -> None:
    def lost() -> None:
        raise Fenced("somebody else's")

    with pytest.raises(Fenced):
        await code_stage.code.dispatch(SOURCE, inputs=DEPLOY, key="R42", fence=lost)
    assert code_stage.started() == []


async def test_an_input_the_workflow_does_not_take_is_refused(code_stage: Stage) -> None:
    with pytest.raises(OperationFailed) as raised:
        await start(code_stage, colour="green")
    assert raised.value.code == "refused"
    assert "colour" in str(raised.value)
    assert code_stage.started() == []


@pytest.mark.parametrize("workflow", [None, "other.yml"])
async def test_a_workflow_that_is_not_there_is_not_found(
    code_stage: Stage, workflow: str | None
) -> None:
    source = SOURCE.model_copy(update={"workflow": workflow})
    with pytest.raises(OperationFailed) as raised:
        await code_stage.code.dispatch(source, inputs={}, key="R1", fence=nothing_in_the_way)
    assert raised.value.code == "not_found"


async def test_a_github_that_is_away_is_a_passing_fault(code_stage: Stage) -> None:
    code_stage.away()
    with pytest.raises(Temporary):
        await start(code_stage)
    assert code_stage.started() == []
    code_stage.away()
    with pytest.raises(Temporary):
        await code_stage.code.evidence(SOURCE, "v1.4.2")
