"""How Tain is run: the embedded stack, and files for containers."""
