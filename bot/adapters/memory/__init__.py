"""Verified twins of the ports, in memory: tests/contract runs one suite on both."""
