"""The revisions, oldest first: films, legacy, profile. The database begins at the second."""
