"""Upkeep of the data: backup, restore, the nightly backup, retention of masters, verify."""
