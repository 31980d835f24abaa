"""What is wrong with who is on call, judged from values alone."""

from pathlib import Path

import pytest

from bot.domain.pager import OnCall
from bot.domain.roster import empty_levels, reachable, roster_warnings
from bot.topology import load

pytestmark = pytest.mark.unit

TOPOLOGY = load(Path(__file__).parents[3] / "filmops.toml")


def somebody(key: str, rung: int = 1) -> OnCall:
    """A person of the topology, on call."""
    person = TOPOLOGY.people[key]
    return OnCall(name=person.name, email=person.email.upper(), rung=rung)


FULL = {1: (somebody("ana"),), 2: (somebody("chloe"),), 3: (somebody("dana"),)}


def test_somebody_on_each_level_is_no_warning() -> None:
    assert roster_warnings(FULL, TOPOLOGY) == ()
    assert empty_levels(FULL, TOPOLOGY) == frozenset()


def test_an_empty_level_is_one_and_so_is_one_that_rings_only_later() -> None:
    for nobody in ((), (somebody("ben", rung=2),)):
        (said,) = roster_warnings({**FULL, 2: nobody}, TOPOLOGY)
        assert said == "Level 2 (Engineering lead): nobody is on call, a page would ring nobody."
        assert empty_levels({**FULL, 2: nobody}, TOPOLOGY) == {2}
    assert reachable((somebody("ana"), somebody("ben", rung=2))) == (somebody("ana"),)


def test_the_last_level_is_never_passed_over() -> None:
    assert empty_levels({**FULL, 3: ()}, TOPOLOGY) == frozenset()


def test_a_level_nobody_tells_of_is_unknown_and_not_empty() -> None:
    (said,) = roster_warnings({1: FULL[1], 3: FULL[3]}, TOPOLOGY)
    assert said.startswith("Level 2 (Engineering lead): PagerDuty does not tell")
    assert empty_levels({}, TOPOLOGY) == frozenset()


def test_one_person_on_all_levels_is_a_ladder_of_one_rung() -> None:
    (said,) = roster_warnings(dict.fromkeys((1, 2, 3), FULL[1]), TOPOLOGY)
    assert "is alone on all 3 levels" in said
    assert not roster_warnings({**FULL, 2: FULL[1]}, TOPOLOGY)


def test_somebody_the_topology_does_not_know_is_named_once() -> None:
    zoe = OnCall(name="Zoe", email="zoe@example.com", rung=1)
    (said,) = roster_warnings({1: (zoe,), 2: (zoe, somebody("chloe")), 3: FULL[3]}, TOPOLOGY)
    assert said.startswith("Zoe (zoe@example.com) is on call and not in filmops.toml")
    (said,) = roster_warnings({**FULL, 1: (OnCall(name="Yan", email="", rung=1),)}, TOPOLOGY)
    assert said.startswith("Yan (no e-mail)")
