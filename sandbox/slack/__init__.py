"""A Slack workspace on this machine, strict where the real one is strict.

Before: `python -m sandbox.slack` (or the whole sandbox) starts it as a process of its own. After:
the bot talks to it over the Web API and Socket Mode or signed HTTP, people over the page at `/`,
tests over `/_control/`. It holds everything in memory and forgets it at its end.

`workspace` is what exists; `web_api` and `methods_*` what the bot may do to it; `acts` what people
may; `sockets`, `http_delivery` and `dispatch` carry payloads to the bot; `limits`, `ledger` and
`sandbox.faults` refuse, remember and break.
"""
