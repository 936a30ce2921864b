"""Python packages in simple indexes: what a project's page says of its files, as far as rules look at it."""
