-- What follows from it. Each view says which of several statements holds.

-- Of a ledger's packages the highest revision holds, whenever it arrived: an old manifest that is sent again changes nothing.
-- What a station had sent of a ledger before it handed it over holds no more, once a manifest is here of the station that
-- took it over. What it sends later holds, and is a doubt.
CREATE VIEW newest_manifest AS
SELECT ordered.* FROM (
  SELECT manifest.*, ROW_NUMBER() OVER (
    PARTITION BY station, place, ledger ORDER BY revision DESC, received_at DESC, sha256
  ) AS line
  FROM manifest WHERE kind = 'entries'
) AS ordered
WHERE line = 1 AND NOT EXISTS (
  SELECT 1 FROM hand_over JOIN manifest AS later ON later.sha256 = hand_over.manifest
  WHERE hand_over.state = 'taken' AND hand_over.from_station = ordered.station AND ordered.revision <= hand_over.revision
    AND later.place = ordered.place AND later.ledger = ordered.ledger AND later.station <> ordered.station
);

-- Why ledgers were taken back that had been handed over, by the manifests that tell it.
CREATE VIEW taken_back AS
SELECT manifest, MIN(reason) AS reason FROM hand_over WHERE state = 'cancelled' GROUP BY manifest;

-- A report of a day that cannot have been when it came is told of, and not counted.
CREATE VIEW counted_report AS
SELECT * FROM (
  SELECT report.*, ROW_NUMBER() OVER (
    PARTITION BY station, report_day ORDER BY revision DESC, received_at DESC, sha256
  ) AS line
  FROM report
  WHERE report_day >= DATE '2025-01-01' AND report_day <= CAST(received_at + INTERVAL '1' DAY AS DATE)
) AS ordered WHERE line = 1;

-- How each commune stands as its stations said last.
CREATE VIEW standing AS
SELECT last_report.station, last_report.report_day, report_place.*
FROM (
  SELECT counted_report.*, ROW_NUMBER() OVER (
    PARTITION BY station ORDER BY received_at DESC, report_day DESC, revision DESC
  ) AS turn
  FROM counted_report
) AS last_report
JOIN report_place ON report_place.report = last_report.sha256
WHERE last_report.turn = 1;

-- All communes: the province's list, and those that stations told of beside it.
CREATE VIEW commune AS
SELECT place, commune, district, province, entries, TRUE AS is_listed FROM listed_commune
UNION ALL
SELECT told.place, COALESCE(MAX(told.commune), told.place), MAX(told.district), MAX(told.province), NULL, FALSE
FROM (
  SELECT place, commune, district, province FROM manifest
  UNION ALL SELECT place, NULL, NULL, NULL FROM standing
) AS told
WHERE NOT EXISTS (SELECT 1 FROM listed_commune WHERE listed_commune.place = told.place)
GROUP BY told.place;

-- What is done of the total in each commune. The total is the province's own, else what closing pages state.
CREATE VIEW commune_progress AS
SELECT commune.place, commune.commune, commune.district, commune.province, commune.is_listed,
  COALESCE(delivery.ledgers, 0) AS ledgers,
  COALESCE(arrival.arrived, 0) AS arrived,
  COALESCE(told.named, 0) AS named,
  COALESCE(told.attached, 0) AS attached,
  CASE parameter.done WHEN 'named' THEN COALESCE(told.named, 0) WHEN 'attached' THEN COALESCE(told.attached, 0)
    ELSE COALESCE(arrival.arrived, 0) END AS done,
  COALESCE(commune.entries, told.total, delivery.expected, 0) AS total,
  CASE WHEN commune.entries IS NOT NULL OR told.unstated = 0 THEN TRUE ELSE FALSE END AS is_stated,
  told.report_day
FROM commune
CROSS JOIN parameter
LEFT JOIN (
  SELECT place, COUNT(*) AS arrived FROM arrived_entry GROUP BY place
) AS arrival ON arrival.place = commune.place
LEFT JOIN (
  SELECT place, COUNT(DISTINCT ledger) AS ledgers, SUM(COALESCE(entries_expected, entries)) AS expected
  FROM newest_manifest GROUP BY place
) AS delivery ON delivery.place = commune.place
LEFT JOIN (
  SELECT place, SUM(named) AS named, SUM(attached) AS attached, SUM(total) AS total, SUM(unstated) AS unstated,
    MAX(report_day) AS report_day
  FROM standing GROUP BY place
) AS told ON told.place = commune.place;

-- What was done each day, by the measure that counts.
CREATE VIEW done_by_day AS
SELECT report_place.place, counted_report.report_day AS work_day,
  SUM(CASE parameter.done WHEN 'named' THEN report_place.entries_named ELSE report_place.entries_attached END) AS done
FROM counted_report JOIN report_place ON report_place.report = counted_report.sha256 CROSS JOIN parameter
WHERE parameter.done <> 'delivered'
GROUP BY report_place.place, counted_report.report_day
UNION ALL
SELECT arrival_day.place, arrival_day.work_day, arrival_day.done
FROM arrival_day CROSS JOIN parameter
WHERE parameter.done = 'delivered';

-- The newest word of each station, and when anything of it came last.
CREATE VIEW newest_heartbeat AS
SELECT * FROM (
  SELECT heartbeat.*, ROW_NUMBER() OVER (PARTITION BY station ORDER BY id DESC) AS line FROM heartbeat
) AS ordered WHERE line = 1;

-- Stations that run another version than they should: the one offered to all, without a repository the commonest. One that
-- is under way is no mistake.
CREATE VIEW other_version AS
SELECT newest.station, newest.version, expected.version AS expected, newest.received_at
FROM newest_heartbeat AS newest
CROSS JOIN (
  SELECT COALESCE(MAX(offered.everywhere), MIN(commonest.version)) AS version, MAX(offered.under_way) AS under_way
  FROM (
    SELECT version, RANK() OVER (ORDER BY COUNT(*) DESC) AS place FROM newest_heartbeat GROUP BY version
  ) AS commonest
  LEFT JOIN offered ON TRUE
  WHERE commonest.place = 1
) AS expected
WHERE newest.version <> expected.version AND (expected.under_way IS NULL OR newest.version <> expected.under_way);

CREATE VIEW word AS
SELECT station, MAX(received_at) AS last_word FROM (
  SELECT station, received_at FROM heartbeat
  UNION ALL SELECT station, received_at FROM manifest
  UNION ALL SELECT station, received_at FROM report
  UNION ALL SELECT station, NULL FROM listed_station
) AS told GROUP BY station;
