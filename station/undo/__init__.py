"""Undo: what a person did to pages, entries and rows is taken back as a new act of the log."""
