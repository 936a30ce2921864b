"""Signing in: passwords, sessions, tokens, and who holds which of them."""
