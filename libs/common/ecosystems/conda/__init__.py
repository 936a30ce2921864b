"""conda: repodata in all its forms (CEP 12, 15, 16, 26, 36, 38, 48)."""
