"""The code of a deployment's steps by the names in journals: a name is never used for another."""

from __future__ import annotations

from collections.abc import Mapping

from bot.engine.step import StepCode
from bot.engine.workflow import dispatch
from handlers.deploy.finishing import finish
from handlers.deploy.landing import followed, landed
from handlers.deploy.moving import back, moved, put_back, settle, traffic
from handlers.deploy.preparing import backup, guard, migrate
from handlers.deploy.rolling import register, rollout, smoke, targets, update, updated
from handlers.deploy.validating import validate
from handlers.deploy.watching import monitor, watch

STEPS: Mapping[str, StepCode] = {
    "deploy.guard": StepCode(act=guard),
    "deploy.backup": StepCode(act=backup),
    "deploy.migrate": StepCode(act=migrate),
    "deploy.register": StepCode(act=register),
    "deploy.update": StepCode(act=update, done=updated),
    "deploy.rollout": StepCode(act=rollout),
    "deploy.targets": StepCode(act=targets),
    "deploy.smoke": StepCode(act=smoke),
    "deploy.dispatch": StepCode(act=dispatch),
    "deploy.follow": StepCode(act=followed),
    "deploy.landed": StepCode(act=landed),
    "deploy.traffic": StepCode(act=traffic, done=moved),
    "deploy.observe": StepCode(act=watch),
    "deploy.watch": StepCode(act=watch),
    "deploy.validate": StepCode(act=validate),
    "deploy.monitor": StepCode(act=monitor),
    "deploy.finish": StepCode(act=finish),
    "deploy.back": StepCode(act=back, done=put_back),
    "deploy.settle": StepCode(act=settle),
}
