-- Every station: when it was heard last, and what it said then.
SELECT word.station, word.last_word, word.last_word IS NULL OR word.last_word < parameter.silent_before AS is_silent,
  newest.version, newest.said_at, newest.received_at AS heard_at, newest.health, newest.free_bytes, newest.total_bytes,
  newest.waiting, newest.stuck, newest.is_paused, newest.oldest_unsent, newest.backup_at, reported.report_day,
  newest.said_at > newest.received_at + INTERVAL '5' MINUTE OR newest.said_at < newest.received_at - INTERVAL '5' MINUTE
    AS is_clock_off,
  other_version.expected
FROM word
CROSS JOIN parameter
LEFT JOIN newest_heartbeat AS newest ON newest.station = word.station
LEFT JOIN other_version ON other_version.station = word.station
LEFT JOIN (
  SELECT station, MAX(report_day) AS report_day FROM counted_report GROUP BY station
) AS reported ON reported.station = word.station
ORDER BY is_silent DESC, word.station;
