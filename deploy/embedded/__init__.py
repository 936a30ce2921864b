"""The embedded stack: NATS, MongoDB and the five services on one machine."""
