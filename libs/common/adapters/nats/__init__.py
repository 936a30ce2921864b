"""NATS behind the ports: saying messages, stop flags, leases, the work queue."""
