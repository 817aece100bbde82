"""What the ministry's import files say of each entry: their columns as data, and the values that people key."""
