"""How each package ecosystem names, reads, filters and renders its index."""
