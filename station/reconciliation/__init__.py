"""The station's entries against a list of the ministry's, or of a contractor of an earlier phase."""
