"""The queue and the destinations, until a receipt is stored."""
