"""The scanning station: images named by ledger and page, checked, joined to entries, packaged and delivered.

Knows ``drivers`` and nothing of ``web``. Start with :mod:`station.scanning.acceptance` for the way of a page,
:mod:`station.domain.states` for the lives of things, and :mod:`station.catalogue.models` for the data.
"""
