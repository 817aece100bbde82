-- Who spoke under another station's name and was refused.
SELECT station, owner, times, first_at, last_at FROM refusal ORDER BY last_at DESC, station;
