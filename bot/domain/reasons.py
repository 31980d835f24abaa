"""Reason codes: why something was not done, as stored in the audit log and shown to people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Stable codes; a person sees the sentence and the code, an auditor searches the code."""

    UNKNOWN_PERSON = "unknown_person"
    WRONG_TEAM = "wrong_team"
    NOT_PERMITTED = "not_permitted"
    OWN_REQUEST = "own_request"
    ALREADY_DECIDED = "already_decided"
    ALREADY_APPROVED = "already_approved"
    EXPIRED = "expired"
    PLAN_STALE = "plan_stale"
    LOCKED = "locked"
    FROZEN = "frozen"
    FREEZE_CALENDAR = "freeze_calendar"
    IN_MAINTENANCE = "in_maintenance"
    BUSY = "busy"
    CHECKLIST_OPEN = "checklist_open"
    UNKNOWN_REQUEST = "unknown_request"
    UNKNOWN_INCIDENT = "unknown_incident"
    OPEN_INCIDENT = "open_incident"
    NOTHING_TO_DO = "nothing_to_do"
    IDLE_COLOUR_BROKEN = "idle_colour_broken"
    LIVE_STATE_UNKNOWN = "live_state_unknown"
    MIXED_TRAFFIC = "mixed_traffic"
    NOT_STEERABLE = "not_steerable"
    BAD_WORDS = "bad_words"
    REASON_MISSING = "reason_missing"
    NOT_DEPLOYABLE = "not_deployable"
    TESTS_NOT_GREEN = "tests_not_green"
    NOT_REVIEWED = "not_reviewed"
    IMAGE_MISSING = "image_missing"
    STAGING_NOT_WELL = "staging_not_well"
    NOBODY_ON_CALL = "nobody_on_call"
    NO_ROOM = "no_room"
    NO_WAY_BACK = "no_way_back"
    UNVERIFIED = "unverified"
    NOT_OURS = "not_ours"
    OUT_OF_BOUNDS = "out_of_bounds"
    NOT_READY = "not_ready"
    NO_BACKUP = "no_backup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """One thing in the way: its code, the sentence, and the exact command that clears it."""

    code: Reason
    message: str
    unblock: str = ""
