-- How many stations run which version, as they said last.
SELECT version, COUNT(*) AS stations FROM newest_heartbeat GROUP BY version ORDER BY stations DESC, version;
