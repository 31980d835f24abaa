"""Measurements of FilmOps on the sandbox; figures and how to repeat them are in README.md."""
