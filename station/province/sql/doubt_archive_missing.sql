-- A manifest whose archive is not here.
SELECT newest.place, commune.commune, newest.ledger, newest.station, newest.revision, newest.received_at
FROM newest_manifest AS newest JOIN commune ON commune.place = newest.place
WHERE NOT EXISTS (SELECT 1 FROM receipt WHERE receipt.sha256 = newest.archive)
ORDER BY newest.place, newest.ledger, newest.station;
