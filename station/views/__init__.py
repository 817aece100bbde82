"""Read-only rows for the page, the command line and reports; never a writing transaction."""
