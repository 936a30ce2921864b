"""What use cases ask of the outside world, as Protocols of a few verbs."""
