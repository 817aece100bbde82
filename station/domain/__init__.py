"""Values and tables of states: no database, no pixels, no network."""
