"""What is generated from the contracts: one module per generated thing."""
