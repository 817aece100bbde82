-- A ledger whose closing page states other totals than its package holds.
SELECT newest.place, commune.commune, newest.ledger, newest.station, newest.pages_expected, newest.pages, newest.entries_expected, newest.entries
FROM newest_manifest AS newest JOIN commune ON commune.place = newest.place
WHERE newest.totals = 'differ' OR (newest.is_partial = FALSE AND newest.entries_expected <> newest.entries)
ORDER BY newest.place, newest.ledger, newest.station;
