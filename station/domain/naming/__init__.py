"""Names: what tells a ledger, a page and an entry from all others, on disk, in packages and in people's mouths."""
