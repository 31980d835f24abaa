"""What one answer to a request comes to, given the request as it stands under its row's lock."""

from __future__ import annotations

from bot.domain.request import Answer, Approval, Decided, Request, RequestState


def outcome(request: Request, approval: Approval) -> Decided:
    """Judge a click; past the expiry first, since a late yes must not count whoever gives it.

    Of a request settled meanwhile, a person who has answered hears that (TWICE), another that
    it is over (TOO_LATE).
    """
    planned = request.state is RequestState.PLANNED
    if planned and approval.at >= request.expires_at:
        return Decided.EXPIRED
    if any(given.actor == approval.actor for given in request.approvals):
        return Decided.TWICE
    if not planned:
        return Decided.TOO_LATE
    if approval.answer is Answer.REJECT:
        return Decided.REJECTED
    return Decided.APPROVED if request.still_needed <= 1 else Decided.COUNTED


STATE_AFTER = {
    Decided.EXPIRED: RequestState.EXPIRED,
    Decided.REJECTED: RequestState.REJECTED,
    Decided.APPROVED: RequestState.APPROVED,
}
"""The state an outcome moves the request to; the others leave it."""

COUNTS = frozenset({Decided.COUNTED, Decided.APPROVED, Decided.REJECTED})
"""The outcomes that are an answer given, and so kept with the request."""

AUDITED = COUNTS | {Decided.EXPIRED}
"""The outcomes that changed something, and so belong in the audit log."""
