"""One module per verb an engineer can type."""
