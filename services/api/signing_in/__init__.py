"""Who signs in, and how a request's tokens and cookies say who sent it."""
