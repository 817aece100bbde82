"""The first run: answers become the settings file, and are tried."""
