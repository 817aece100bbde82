-- The entries whose archive is here, too; a ledger that two stations delivered counts once.
SELECT newest.place, newest.type, newest.ledger, entry.entry_year, entry.number,
  MIN(entry.entry_date) AS entry_date, MIN(newest.received_at) AS received_at
FROM newest_manifest AS newest JOIN entry ON entry.manifest = newest.sha256
WHERE EXISTS (SELECT 1 FROM receipt WHERE receipt.sha256 = newest.archive)
GROUP BY newest.place, newest.type, newest.ledger, entry.entry_year, entry.number;
