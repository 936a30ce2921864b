"""Fakes in memory, held to the same contract suites as the real adapters."""
