"""`./tain user`, `./tain role` and `./tain group`: who may do what."""
