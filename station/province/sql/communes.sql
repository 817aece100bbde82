-- Progress of every commune.
SELECT place, commune, district, province, is_listed, ledgers, arrived, named, attached, done, total, is_stated, report_day
FROM commune_progress
ORDER BY province, district, commune, place;
