"""Trying a source before a mirror of it is made."""
