"""RDS' port for instances, on the twin and on the plant."""

from __future__ import annotations

import pytest

from bot.domain.instance import REPLICA_TAG, Instance
from bot.errors import OperationFailed, Refused, Temporary
from tests.releasing import Releasing, until

pytestmark = pytest.mark.contract

NAME, COPY, RESTORED = "prod-db", "prod-db-read-replica-1", "prod-db-restored"
BIGGER = "db.r6g.2xlarge"
TAGS = {"filmops": "R12", "expires": "2026-03-02"}


def holding() -> None:
    """A fence that holds."""


async def found(releasing: Releasing, name: str = NAME) -> Instance:
    """The instance, which must be there."""
    instance = await releasing.aws.instances.find(name)
    assert instance is not None
    return instance


async def ready(releasing: Releasing, name: str) -> Instance:
    """The instance once nothing is under way with it."""
    return await until(lambda: found(releasing, name), lambda seen: seen.status == "available")


async def replicated(releasing: Releasing, name: str = COPY) -> None:
    """Begun."""
    await releasing.aws.instances.replicate(
        NAME, name, instance_class="db.r6g.large", zone="us-east-1b", fence=holding
    )


async def restored(releasing: Releasing, name: str = RESTORED) -> None:
    """Begun, from the newest snapshot, with what a restore does not take over by itself."""
    newest = (await releasing.aws.databases.snapshots(releasing.topology.databases[NAME]))[0]
    network = (await found(releasing)).network
    await releasing.aws.instances.restore(
        newest.id, name, network=network, tags=TAGS, fence=holding
    )


async def test_an_instance_is_found_with_all_that_a_restore_needs(releasing: Releasing) -> None:
    instance = await found(releasing)
    assert (instance.id, instance.status) == (NAME, "available")
    assert (instance.instance_class, instance.engine) == ("db.r6g.large", "postgres 15.8")
    assert instance.network.subnet_group == "prod-db-subnets"
    assert instance.network.parameter_group.endswith("postgres15")
    assert instance.network.security_groups
    assert instance.network.multi_az
    assert (instance.zone, instance.zones) == ("us-east-1a", ("us-east-1a", "us-east-1b"))
    assert instance.maintenance_window == "wed:06:38-wed:07:08"
    assert (instance.endpoint.partition(".")[0], instance.port) == (NAME, 5432)
    assert (instance.pending, instance.replicas, instance.source) == ({}, (), None)
    assert instance.replica_lag_seconds is None


async def test_one_that_is_not_there_is_none_and_has_no_classes(releasing: Releasing) -> None:
    assert await releasing.aws.instances.find("never-was") is None
    with pytest.raises(OperationFailed) as failed:
        await releasing.aws.instances.classes("never-was")
    assert failed.value.code == "not_found"


async def test_its_classes_are_those_of_its_engine(releasing: Releasing) -> None:
    classes = await releasing.aws.instances.classes(NAME)
    assert classes.index("db.r6g.large") < classes.index(BIGGER)


async def test_a_class_for_the_window_waits_and_is_there_after_it(releasing: Releasing) -> None:
    releasing.hurry()
    await releasing.aws.instances.resize(NAME, BIGGER, now=False, fence=holding)
    waiting = await found(releasing)
    assert (waiting.instance_class, waiting.pending["DBInstanceClass"]) == ("db.r6g.large", BIGGER)
    assert waiting.status == "available"
    releasing.open_window(NAME)
    changed = await until(lambda: found(releasing), lambda seen: seen.instance_class == BIGGER)
    assert not changed.pending


async def test_a_class_for_now_takes_what_waits_along(releasing: Releasing) -> None:
    releasing.hurry()
    await releasing.aws.instances.resize(NAME, "db.r6g.xlarge", now=False, fence=holding)
    await releasing.aws.instances.resize(NAME, BIGGER, now=True, fence=holding)
    await until(lambda: found(releasing), lambda seen: seen.instance_class == BIGGER)
    assert not (await ready(releasing, NAME)).pending


async def test_a_replica_is_ours_says_its_source_and_catches_up(releasing: Releasing) -> None:
    releasing.hurry()
    await replicated(releasing)
    assert (await found(releasing)).replicas == (COPY,)
    copy = await until(
        lambda: found(releasing, COPY), lambda seen: seen.replica_lag_seconds is not None
    )
    assert (copy.source, copy.zone, copy.tags) == (NAME, "us-east-1b", dict([REPLICA_TAG]))
    assert (copy.instance_class, copy.replicas) == ("db.r6g.large", ())
    assert copy.replica_lag_seconds == 0
    await replicated(releasing)
    assert releasing.effects() == ["create_db_instance_read_replica"] * 2


async def test_a_name_that_is_anothers_is_not_taken_for_a_replica(releasing: Releasing) -> None:
    releasing.hurry()
    await restored(releasing)
    with pytest.raises(OperationFailed) as failed:
        await replicated(releasing, RESTORED)
    assert failed.value.code == "taken"


async def test_a_restore_comes_into_the_sources_network_with_its_tags(
    releasing: Releasing,
) -> None:
    releasing.hurry()
    await restored(releasing)
    instance = await ready(releasing, RESTORED)
    assert instance.network == (await found(releasing)).network
    assert (instance.tags, instance.source) == (TAGS, None)
    await restored(releasing)
    with pytest.raises(OperationFailed) as failed:
        await restored(releasing, NAME)
    assert failed.value.code == "taken"


async def test_a_restore_of_no_snapshot_is_not_found(releasing: Releasing) -> None:
    network = (await found(releasing)).network
    with pytest.raises(OperationFailed) as failed:
        await releasing.aws.instances.restore(
            "never-was", RESTORED, network=network, tags=TAGS, fence=holding
        )
    assert failed.value.code == "not_found"


async def test_only_what_carries_the_very_tag_is_removed(releasing: Releasing) -> None:
    releasing.hurry()
    instances = releasing.aws.instances
    await replicated(releasing)
    await ready(releasing, COPY)
    for name, tag in ((NAME, REPLICA_TAG), (COPY, ("filmops", "R12"))):
        with pytest.raises(Refused) as refused:
            await instances.remove(name, tag=tag, fence=holding)
        assert refused.value.code == "not_ours"
    await instances.remove(COPY, tag=REPLICA_TAG, fence=holding)
    await until(lambda: instances.find(COPY), lambda seen: seen is None)
    assert (await found(releasing)).replicas == ()
    with pytest.raises(OperationFailed) as failed:
        await instances.remove(COPY, tag=REPLICA_TAG, fence=holding)
    assert failed.value.code == "not_found"
    assert releasing.effects() == ["create_db_instance_read_replica", "delete_db_instance"]


async def test_a_busy_instance_is_tried_again_later(releasing: Releasing) -> None:
    releasing.database_is_busy()
    with pytest.raises(Temporary):
        await releasing.aws.instances.resize(NAME, BIGGER, now=True, fence=holding)
    with pytest.raises(Temporary):
        await replicated(releasing)
    assert (await found(releasing)).instance_class == "db.r6g.large"


async def test_those_that_carry_the_very_tag_are_found_and_no_others(releasing: Releasing) -> None:
    instances = releasing.aws.instances
    await restored(releasing)
    await replicated(releasing)
    assert [each.id for each in await instances.tagged(("filmops", "R12"))] == [RESTORED]
    assert [each.id for each in await instances.tagged(REPLICA_TAG)] == [COPY]
    assert await instances.tagged(("filmops", "R1")) == ()
    assert await instances.tagged(("Filmops", "R12")) == ()
