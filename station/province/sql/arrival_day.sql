-- How many entries of each commune arrived on each day for the first time.
SELECT place, work_day, COUNT(*) AS done
FROM (
  SELECT manifest.place, manifest.ledger, entry.entry_year, entry.number, CAST(MIN(manifest.received_at) AS DATE) AS work_day
  FROM manifest JOIN entry ON entry.manifest = manifest.sha256
  GROUP BY manifest.place, manifest.ledger, entry.entry_year, entry.number
) AS first_arrival
GROUP BY place, work_day;
