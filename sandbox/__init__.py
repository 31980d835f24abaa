"""The world to try FilmOps in: separate processes, reached only over HTTP."""
