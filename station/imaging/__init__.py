"""Pixels in, facts and files out, in worker processes: decoding, findings, thumbnails, PDF."""
