-- Stations that run another version than the others, or than the repository offers to all.
SELECT station, version, expected, received_at FROM other_version ORDER BY station;
