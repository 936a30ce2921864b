"""Who may do what. `actions.py` has the one table; `decide_access.py` reads it."""
