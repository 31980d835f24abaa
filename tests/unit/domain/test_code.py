"""A commit's evidence becomes lines of a checklist that say which check or how many reviews."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.checklist import Found
from bot.domain.code import CheckState, Evidence, judged, unseen
from bot.topology import GithubSource

pytestmark = pytest.mark.unit

OK, FAILED, PENDING = CheckState.OK, CheckState.FAILED, CheckState.PENDING
TESTS, REVIEWS = "All tests pass in CI/CD", "Code review approved by 2+ engineers"


def source(**more: Any) -> GithubSource:
    return GithubSource(repository="ai-film-studio/backend", **more)


def evidence(**more: Any) -> Evidence:
    given: dict[str, Any] = {
        "commit": "a3f9c21" + "0" * 33,
        "checks": {"test": OK, "lint": OK},
        "pulls": (41,),
        "approvers": ("ben", "chloe"),
    }
    return Evidence(**{**given, **more})


def lines(found: Evidence, wanted: GithubSource | None = None) -> list[tuple[str, str, str]]:
    checks = judged(found, wanted or source())
    return [(check.title, check.found, check.said) for check in checks]


def test_green_and_approved_by_two_is_well() -> None:
    assert lines(evidence()) == [
        (TESTS, "ok", "passed on a3f9c21: lint and test"),
        (REVIEWS, "ok", "#41 approved by ben and chloe"),
    ]


@pytest.mark.parametrize(
    ("checks", "required", "found", "said"),
    [
        ({"a": FAILED, "b": PENDING}, (), Found.FAILED, "failed on a3f9c21: a"),
        ({"a": PENDING, "b": OK}, (), Found.UNKNOWN, "not finished on a3f9c21: a"),
        ({"a": OK}, ("a", "b"), Found.UNKNOWN, "has not run on a3f9c21: b"),
        ({"a": PENDING}, ("a", "b"), Found.UNKNOWN, "not finished on a3f9c21: a"),
        ({}, (), Found.UNKNOWN, "no check has run on a3f9c21"),
        ({"a": OK, "b": FAILED}, ("a",), Found.OK, "passed on a3f9c21: a"),
        (dict.fromkeys("abcdefg", OK), (), Found.OK, "passed on a3f9c21: a, b, c, d, e and 2 more"),
    ],
)
def test_the_tests_line_names_the_check_that_is_in_the_way(
    checks: dict[str, CheckState], required: tuple[str, ...], found: Found, said: str
) -> None:
    (line, _) = lines(evidence(checks=checks), source(checks=required))
    assert line == (TESTS, found, said)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"approvers": ()}, "#41 approved by nobody: 0 of 2"),
        ({"approvers": ("ben",)}, "#41 approved by ben: 1 of 2"),
        (
            {"pulls": (), "approvers": ()},
            "a3f9c21 was pushed without a pull request: nobody reviewed it",
        ),
    ],
)
def test_too_few_reviews_fail_and_say_how_many(more: dict[str, Any], said: str) -> None:
    (_, line) = lines(evidence(**more))
    assert line == (REVIEWS, Found.FAILED, said)


def test_where_no_reviews_are_asked_there_is_no_such_line() -> None:
    assert [title for title, *_ in lines(evidence(pulls=()), source(reviews=0))] == [TESTS]
    assert [check.title for check in unseen(source(reviews=0), "away")] == [TESTS]


def test_what_github_did_not_say_is_unknown() -> None:
    checks = unseen(source(reviews=3), "GitHub does not answer")
    assert [(check.title, check.found, check.said) for check in checks] == [
        (TESTS, Found.UNKNOWN, "GitHub does not answer"),
        ("Code review approved by 3+ engineers", Found.UNKNOWN, "GitHub does not answer"),
    ]
