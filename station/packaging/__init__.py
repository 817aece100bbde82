"""What leaves the station for one ledger: PDFs, workbook, manifest, revision."""
