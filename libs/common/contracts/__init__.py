"""What the services say to each other: subjects, messages, the flow of a run."""
