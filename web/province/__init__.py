"""The province's page: read-only, of all stations of a province; a program of its own beside the receiver."""
