"""From a manifest and an evaluation to a catalogue: what scheduler, api and reporter have in common."""
