"""api: the REST API, the package URLs that clients read, and the web pages.

Hears: nothing; what it shows, it reads from the records when it is asked.
Says: channel.created, channel.updated, channel.deleted, channel.frozen, channel.unfrozen,
channel.rolledback, mirror.created, mirror.updated, mirror.deleted, mirror.requested, mirror.stop, artifact.served.
Owns: channels and mirrors (the sole writer of both, but for a channel's published
revision, which the indexer moves, unless somebody rolls the channel back).
"""
