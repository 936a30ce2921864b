"""The outside world behind the ports: MongoDB, NATS, blob stores, HTTP, memory."""
