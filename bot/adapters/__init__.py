"""The outside world behind the ports: one package or module a system, foreign errors translated."""
