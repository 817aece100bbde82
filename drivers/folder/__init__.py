"""A watched folder as a scanner: which files are whole, what lies in them, and their masters."""
