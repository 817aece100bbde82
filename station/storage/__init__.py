"""Files that survive a power cut: sync, exclusive names, locks, split files, zips that are the same each time."""
