"""Values in, Block Kit out."""
