"""`./tain policy`: what people type about policies, and the part of the REST API behind it."""
