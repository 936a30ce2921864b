"""What a mirror would bring, before it is saved."""
