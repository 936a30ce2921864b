"""What package clients read: index files, shards and packages, stored or fetched on the first request."""
