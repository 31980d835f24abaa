"""Verified twins of the ports, in memory: tests/contract runs one suite on them and the real ones."""
