"""A local PagerDuty: Events API v2, REST v2 as far as used, signed V3 webhooks, a page for people.

Reached over HTTPS only (`python -m sandbox.pagerduty`), because the official client insists.
It acts as PagerDuty's documentation says, in its traps too: a 202 for an event that pages
nobody, a PUT that reopens a resolved incident, an `incident_key` that is null.
"""
