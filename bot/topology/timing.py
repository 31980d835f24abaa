"""Timings that cannot work are refused at start, a sentence each (design, *Safety rules*)."""

from __future__ import annotations

from bot.topology.deploying import Deploying, Watching
from bot.topology.production import Metrics, Rollback


def impossible_timing(
    *, metrics: Metrics, rollback: Rollback, deploy: Deploying, watch: Watching
) -> list[str]:
    """What could never come true: a watch that ends before it can see, a way back that is gone."""
    return [
        *_rollback(metrics, rollback),
        *_triggers(metrics, deploy, watch),
        *_way_back(metrics, deploy),
    ]


def _rollback(metrics: Metrics, rollback: Rollback) -> list[str]:
    needed = (rollback.watch_minutes + 1) * metrics.period_seconds + metrics.lag_seconds
    if rollback.give_up_seconds >= needed:
        return []
    given = rollback.give_up_seconds
    return [f"rollback.give_up_seconds is {given:g}: the watch and the lag need {needed:g}"]


def _triggers(metrics: Metrics, deploy: Deploying, watch: Watching) -> list[str]:
    """A trigger of five minutes never fires in a watch of four, nor in a look back of four."""
    trigger = watch.trigger_minutes
    look_back = metrics.history_minutes * 60 / metrics.period_seconds
    mistakes: list[str] = []
    if deploy.watch_minutes < trigger:
        mistakes.append(
            f"deploy.watch_minutes is {deploy.watch_minutes}: a breach takes "
            f"watch.trigger_minutes, {trigger}, to be one"
        )
    if look_back < trigger:
        mistakes.append(
            f"metrics.history_minutes holds {look_back:g} periods: a breach takes "
            f"watch.trigger_minutes, {trigger}, to be one"
        )
    if watch.blind_minutes > deploy.watch_minutes:
        mistakes.append(
            f"watch.blind_minutes is {watch.blind_minutes}: the watch of "
            f"{deploy.watch_minutes} minutes would end before it"
        )
    return mistakes


def _way_back(metrics: Metrics, deploy: Deploying) -> list[str]:
    """The old colour must be up for as long as it may be gone back to."""
    hours = (deploy.monitor_minutes * metrics.period_seconds + metrics.lag_seconds) / 3600
    if deploy.warm_hours >= hours:
        return []
    given = f"deploy.warm_hours is {deploy.warm_hours:g}: the old colour would be gone before "
    return [f"{given}the deployment is over ({hours:.2g} hours)"]
