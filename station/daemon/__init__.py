"""Long-running threads of the station: supervisor, scan service, folder watcher, packaging service, change feed."""
