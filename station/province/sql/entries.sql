-- The entries of one ledger that arrived.
SELECT entry_year, number, entry_date, received_at FROM arrived_entry WHERE place = ? AND ledger = ?
ORDER BY entry_year, CHAR_LENGTH(number), number;
