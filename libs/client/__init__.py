"""The client of the REST API, and the command line on it."""
