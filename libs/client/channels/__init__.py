"""`./tain channel`: what clients read, who may, and what is held back."""
