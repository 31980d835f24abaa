"""The order of things: dispatch, approvals, launch, runs, publishing; it speaks to ports only.

Before it stand the ports; after it the entrypoints, which call it, and the handlers, which
declare the operations it carries out.
"""
