-- A station that says to have delivered more than arrived here.
SELECT standing.place, commune.commune, standing.station, standing.delivered, COALESCE(arrival.arrived, 0) AS arrived
FROM standing
JOIN commune ON commune.place = standing.place
LEFT JOIN (SELECT place, COUNT(*) AS arrived FROM arrived_entry GROUP BY place) AS arrival ON arrival.place = standing.place
WHERE standing.delivered > COALESCE(arrival.arrived, 0)
ORDER BY standing.place, standing.station;
