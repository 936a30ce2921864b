"""How a service runs: settings, logging, bus wiring, health."""
