-- What one commune did each day, the newest first.
SELECT work_day, SUM(done) AS done FROM done_by_day WHERE place = ? GROUP BY work_day ORDER BY work_day DESC;
