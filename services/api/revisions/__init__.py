"""Revisions of channels: showing them, comparing them, and rolling back to them."""
