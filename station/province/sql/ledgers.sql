-- The ledgers of one commune of which a package arrived, as their newest manifests say.
SELECT ledger, type, station, revision, is_partial, totals, closed_reason, closed_by, pages, entries, entries_expected, gaps, software,
  received_at,
  EXISTS (SELECT 1 FROM receipt WHERE receipt.sha256 = newest_manifest.archive) AS is_whole
FROM newest_manifest WHERE place = ?
ORDER BY type, ledger, station;
