"""The acts on a ledger in the catalogue: ledgers, pages, entries, completeness, near-duplicates."""
