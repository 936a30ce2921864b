"""The REST API, one Controller per noun; a method decodes, calls a use case, encodes."""
