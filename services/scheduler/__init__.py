"""The scheduler: reads sources, decides, plans what to fetch, and keeps runs true.

Hears: mirror.requested, mirror.stop, mirror.created, mirror.updated, mirror.deleted,
    channel.updated, channel.deleted, artifact.fetched, artifact.progress,
    artifact.delayed, policy.changed, policy.assigned, policy.unassigned, advisories.update, advisories.changed
Says: mirror.requested (cron; newly allowed files), artifact.fetch, mirror.progress,
    mirror.finished, mirror.rejected, catalogue.dropped, catalogue.decided,
    advisories.changed
Owns: runs, batches, manifests, catalogues, shards, next fire times, advisories
"""
