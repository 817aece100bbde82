"""Scanners through SANE: one child process per open device, and all that is asked of the library inside it."""
