-- A report of a day that had not come when it was received, or of one before this software.
SELECT station, report_day, revision, received_at FROM report
WHERE report_day < DATE '2025-01-01' OR report_day > CAST(received_at + INTERVAL '1' DAY AS DATE)
ORDER BY station, report_day, revision;
