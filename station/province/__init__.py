"""The province's view of all its stations: what arrived and what they say, rolled up into tables that SQL is asked of.

Nothing in here changes what was received: all of it can be thrown away and made anew from store and receipts.
"""
