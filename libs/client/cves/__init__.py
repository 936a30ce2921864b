"""`./tain cve`: vulnerabilities, what they affect, and what people found out about them."""
