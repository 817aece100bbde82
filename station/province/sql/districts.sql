-- Progress by district of old; where a commune has none, its province.
SELECT COALESCE(district, province, '') AS district, COUNT(*) AS communes, SUM(arrived) AS arrived, SUM(named) AS named,
  SUM(attached) AS attached, SUM(done) AS done, SUM(total) AS total, MIN(CASE WHEN is_stated THEN 1 ELSE 0 END) = 1 AS is_stated
FROM commune_progress
GROUP BY COALESCE(district, province, '')
ORDER BY district;
