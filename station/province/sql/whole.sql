-- The province in one row.
SELECT COUNT(*) AS communes, COALESCE(SUM(ledgers), 0) AS ledgers, COALESCE(SUM(arrived), 0) AS arrived,
  COALESCE(SUM(named), 0) AS named, COALESCE(SUM(attached), 0) AS attached, COALESCE(SUM(done), 0) AS done,
  COALESCE(SUM(total), 0) AS total, COALESCE(MIN(CASE WHEN is_stated THEN 1 ELSE 0 END), 0) = 1 AS is_stated
FROM commune_progress;
