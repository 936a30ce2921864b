"""Real solves: whether a channel alone can create an environment, by the solver that clients use."""
