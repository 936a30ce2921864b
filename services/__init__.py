"""The five services; each owns what it alone writes."""
