-- Every station: which version it said last that it runs, since when it says so, and whether it is well and heard.
SELECT word.station, word.last_word, word.last_word IS NULL OR word.last_word < parameter.silent_before AS is_silent,
  newest.version, newest.health, newest.received_at AS heard_at, told.since
FROM word
CROSS JOIN parameter
LEFT JOIN newest_heartbeat AS newest ON newest.station = word.station
LEFT JOIN (
  SELECT station, version, MIN(received_at) AS since FROM heartbeat GROUP BY station, version
) AS told ON told.station = newest.station AND told.version = newest.version
ORDER BY word.station;
