"""A ledger goes on at another station: handed over by one, taken over by the other."""
