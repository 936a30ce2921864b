"""GET /api/system/health: how the parts of the installation are."""
