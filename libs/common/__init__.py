"""What every service stands on: rules, contracts, ports, adapters, runtime."""
