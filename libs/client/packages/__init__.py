"""`./tain upload` and `./tain packages`: packages of one's own, and what channels have."""
