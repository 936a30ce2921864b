"""The fetcher: fetches the files of active mirrors. Needs NATS, the blob store and the upstreams; no database.

Hears: artifact.fetch, the stop flags
Says: artifact.fetched, artifact.progress, artifact.delayed
Owns: the files of active mirrors
"""
