"""FilmOps: commands in, plans out, runs and escalations carried through."""
