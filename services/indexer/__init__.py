"""The indexer: merges catalogues, renders every index form, and moves the pointer.

Hears: mirror.finished, channel.unfrozen, catalogue.dropped, channel.deleted
Says: channel.published
Owns: revisions, rendered shards, and the published pointer of channels
"""
