"""What a drill came to: which level was paged when, and how long it took somebody to answer.

Before: a drill that was acknowledged, or whose one climb is over. After: its last line in the
timeline, from `bot.engine.drill`.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.duration import in_words
from bot.domain.incident import Escalation, Incident, Page, PageState
from bot.domain.listing import both


def result(drill: Incident, escalations: Sequence[Escalation]) -> str:
    """One paragraph, for the thread."""
    pages = [page for climb in escalations for page in climb.pages]
    paged = [page for page in pages if page.sent_at is not None]
    if drill.acked_at is None:
        rung = both([str(page.level) for page in paged])
        tried = f"after level {rung}" if paged else "and PagerDuty has taken no page"
        return f"Drill: nobody acknowledged, {tried}. {_lost(pages)}".rstrip()
    times = [
        f"level {page.level} acknowledged after {in_words(drill.acked_at - page.sent_at)}"
        for page in paged
        if page.sent_at is not None and page.sent_at <= drill.acked_at
    ]
    if not times:
        took = in_words(drill.acked_at - drill.opened_at)
        times = [f"acknowledged after {took}, before any page was out"]
    via = f" ({drill.acked_via})" if drill.acked_via else ""
    return f"Drill: {'; '.join(times)}{via}. {_lost(pages)}".rstrip()


def _lost(pages: Sequence[Page]) -> str:
    """Pages that rang nobody: what a drill is for."""
    states = (PageState.UNCONFIRMED, PageState.SKIPPED, PageState.REFUSED)
    lost = [f"level {page.level} ({page.said})" for page in pages if page.state in states]
    return f"Reached nobody: {', '.join(lost)}." if lost else ""
