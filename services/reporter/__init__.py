"""The reporter: keeps the audit trail of every channel, counts downloads, makes reports.

Hears: everything but progress and the work of a run (see contracts/flow.py)
Says: report.ready
Owns: history, usage counts, kept reports
"""
