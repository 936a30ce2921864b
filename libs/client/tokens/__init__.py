"""`./tain token`: what scripts and package clients show instead of a password."""
