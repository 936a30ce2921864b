"""GET /api/live: what happens, told to people who look on while it happens."""
