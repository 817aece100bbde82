-- What arrived and is not counted; it lies in the store.
SELECT station, filename, reason, received_at, sha256 FROM unread ORDER BY received_at DESC, sha256;
