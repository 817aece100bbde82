-- One number of a type and year in two ledgers of a commune: the ministry's software takes it once.
SELECT one.place, commune.commune, one.ledger, other.ledger AS other_ledger, COUNT(*) AS entries, MIN(one.number) AS example
FROM arrived_entry AS one
JOIN arrived_entry AS other ON other.place = one.place AND other.type = one.type
  AND other.entry_year = one.entry_year AND other.number = one.number AND other.ledger > one.ledger
JOIN commune ON commune.place = one.place
GROUP BY one.place, commune.commune, one.ledger, other.ledger
ORDER BY one.place, one.ledger, other.ledger;
