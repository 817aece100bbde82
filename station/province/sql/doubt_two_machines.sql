-- Two programs under one id that took turns: a daemon that was started again never speaks as the one before.
SELECT one.station, COUNT(*) AS turns, MAX(other.last_at) AS last_at
FROM (SELECT station, run, MIN(id) AS first_id, MAX(id) AS last_id FROM heartbeat GROUP BY station, run) AS one
JOIN (
  SELECT station, run, MIN(id) AS first_id, MAX(received_at) AS last_at FROM heartbeat GROUP BY station, run
) AS other ON other.station = one.station AND other.run <> one.run
  AND other.first_id > one.first_id AND other.first_id < one.last_id
GROUP BY one.station
ORDER BY one.station;
