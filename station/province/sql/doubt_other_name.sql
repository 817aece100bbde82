-- A file that was sent under another station's name than stands in it.
SELECT receipt.station AS sender, told.station, receipt.filename, receipt.received_at
FROM receipt
JOIN (
  SELECT sha256, station FROM manifest UNION ALL SELECT sha256, station FROM report
) AS told ON told.sha256 = receipt.sha256
WHERE told.station <> receipt.station
ORDER BY receipt.received_at, receipt.filename;
