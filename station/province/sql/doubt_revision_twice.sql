-- One revision that came with two contents: two machines bear one id, or a catalogue was put back.
SELECT station, place, ledger, kind, revision, COUNT(*) AS manifests, MAX(received_at) AS received_at
FROM manifest
GROUP BY station, place, ledger, kind, revision
HAVING COUNT(*) > 1
ORDER BY station, place, ledger, kind, revision;
