"""Upload copies: pages small enough for the ministry's software and a commune's line, proven to be readable.

A master is never touched; a copy is made of it again whenever it is needed. Pixels and what was read on the master go
in, bytes and their proof come out: no database, no settings.
"""
