"""Keeping the data well: backup, restore, the nightly backup, retention of masters, verify."""
