"""The reporter: keeps the audit trail of every channel and counts downloads.

Hears: everything but progress and the work of a run (see contracts/flow.py)
Says: nothing
Owns: history, usage counts
"""
