"""The indexer: merges catalogues, renders every index form, and moves the pointer.

Hears: mirror.finished, catalogue.decided, channel.unfrozen, catalogue.dropped, channel.deleted,
    garbage.sweep, channel.verify
Says: channel.published, garbage.swept, channel.verified; mirror.requested to repair
Owns: revisions, rendered shards, and the published pointer of channels
"""
