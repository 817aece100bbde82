-- A ledger that two stations delivered: its entries count once. Where one took it back that had handed it over, why.
SELECT one.place, commune.commune, one.ledger, one.station, one.entries, other.station AS other_station,
  other.entries AS other_entries, COALESCE(own.reason, theirs.reason) AS taken_back
FROM newest_manifest AS one
JOIN newest_manifest AS other ON other.place = one.place AND other.ledger = one.ledger AND other.station > one.station
JOIN commune ON commune.place = one.place
LEFT JOIN taken_back AS own ON own.manifest = one.sha256
LEFT JOIN taken_back AS theirs ON theirs.manifest = other.sha256
ORDER BY one.place, one.ledger, one.station, other.station;
