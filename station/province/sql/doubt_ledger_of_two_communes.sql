-- Ledgers of one name in two communes, half of whose entries have the same numbers and days: one book, registered twice.
SELECT one.place, commune.commune, one.ledger, other.place AS other_place, COUNT(*) AS entries
FROM arrived_entry AS one
JOIN arrived_entry AS other ON other.ledger = one.ledger AND other.entry_year = one.entry_year
  AND other.number = one.number AND other.entry_date = one.entry_date AND other.place > one.place
JOIN commune ON commune.place = one.place
JOIN (SELECT place, ledger, COUNT(*) AS entries FROM arrived_entry GROUP BY place, ledger) AS size
  ON size.place = one.place AND size.ledger = one.ledger
WHERE CHAR_LENGTH(one.entry_date) = 10
GROUP BY one.place, commune.commune, one.ledger, other.place, size.entries
HAVING COUNT(*) >= 5 AND COUNT(*) * 2 >= size.entries
ORDER BY one.place, one.ledger, other.place;
