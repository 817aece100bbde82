"""What was done, counted from the catalogue: the day's report in each of its forms."""
