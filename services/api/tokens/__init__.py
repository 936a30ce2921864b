"""Opaque tokens: of people, and of channels' service accounts."""
