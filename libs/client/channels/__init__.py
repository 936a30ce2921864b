"""`./tain channel`: what clients read, who may, what is held back, and what was published."""
