"""The scheduler: reads sources, decides, plans what to fetch, and keeps runs true.

Hears: mirror.requested, mirror.stop, mirror.created, mirror.updated, mirror.deleted,
    channel.deleted, artifact.fetched
Says: mirror.requested (cron), artifact.fetch, mirror.progress, mirror.finished,
    mirror.rejected, catalogue.dropped
Owns: runs, batches, manifests, catalogues, shards, next fire times
"""
