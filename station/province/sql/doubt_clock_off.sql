-- A station whose clock was more than five minutes off when it spoke last.
SELECT station, said_at, received_at FROM newest_heartbeat
WHERE said_at > received_at + INTERVAL '5' MINUTE OR said_at < received_at - INTERVAL '5' MINUTE
ORDER BY station;
