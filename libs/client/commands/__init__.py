"""One file a command; each names its `COMMAND`."""
