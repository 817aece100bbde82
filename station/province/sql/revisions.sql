-- All packages of one ledger that arrived, the newest first.
SELECT station, kind, revision, is_partial, totals, closed_reason, closed_by, pages, pages_expected, entries, entries_expected, gaps,
  software, received_at, sha256
FROM manifest WHERE place = ? AND ledger = ?
ORDER BY received_at DESC, revision DESC, sha256;
