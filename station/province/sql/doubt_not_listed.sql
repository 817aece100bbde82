-- Stations that are heard and do not stand in the province's list, where there is one.
SELECT word.station, word.last_word FROM word
WHERE EXISTS (SELECT 1 FROM listed_station)
  AND NOT EXISTS (SELECT 1 FROM listed_station WHERE listed_station.station = word.station)
ORDER BY word.station;
