"""A local GitHub: as much of its REST API as a deployment asks, and workflows that run and end.

Reached over HTTP only (`python -m sandbox.github`), at `/` and, as GitHub Enterprise is, below
`/api/v3`. It imports the standard library alone, so that starting it costs next to nothing.
"""
