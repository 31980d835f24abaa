"""Pure values and decisions: no I/O, no clock; `now` is an argument.

Before it stands the topology (values from `filmops.toml`); after it the ports and the engine.
"""
