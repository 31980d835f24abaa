"""FilmOps: commands in, plans out, runs and escalations carried through."""

__version__ = "0.1.0"
"""The release, as journals record it; pyproject.toml reads it from here."""
