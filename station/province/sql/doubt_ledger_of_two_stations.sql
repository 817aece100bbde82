-- A ledger that two stations delivered: its entries count once.
SELECT one.place, commune.commune, one.ledger, one.station, one.entries, other.station AS other_station, other.entries AS other_entries
FROM newest_manifest AS one
JOIN newest_manifest AS other ON other.place = one.place AND other.ledger = one.ledger AND other.station > one.station
JOIN commune ON commune.place = one.place
ORDER BY one.place, one.ledger, one.station, other.station;
