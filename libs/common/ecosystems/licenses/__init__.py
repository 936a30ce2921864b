"""What a license text says, for all ecosystems: families, SPDX identifiers, and what may be chosen."""
