"""Users, roles and groups, and what groups may do in channels."""
