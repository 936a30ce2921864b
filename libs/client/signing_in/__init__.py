"""Signing in from the command line, and staying signed in."""
