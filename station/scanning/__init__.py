"""From a scanner to a committed capture, and what mends it after a kill."""
