"""Images as files: raw sheets, masters with their provenance, PNM."""
