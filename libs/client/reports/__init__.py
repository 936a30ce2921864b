"""`./tain report`: reports of dependencies and downloads."""
