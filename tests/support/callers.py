"""People who change things, as the audit trail names them."""

from libs.common.domain.access.identity import Caller

ANN = Caller(name="ann", address="192.0.2.7")
BOB = Caller(name="bob", address="2001:db8::7")
ADMIN = Caller(name="admin", address="192.0.2.1")

AT_THE_HARNESS = "testclient"
"""The address that requests of the test client come from."""
