"""Archives that people bring: read where they lie, in one pass, with bounds on all that they could ask of us."""
