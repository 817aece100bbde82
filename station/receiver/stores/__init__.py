"""Where files stay at the province: a folder, or a bucket of an S3 engine; each kind does what the contract says."""

from __future__ import annotations

from pathlib import Path

from station.receiver.stores.contract import Store
from station.receiver.stores.folder import FolderStore

_ADDRESSES = ("https://", "http://")


def is_bucket(place: str) -> bool:
    """Whether that is the address of a bucket; else it is a folder's."""
    return place.startswith(_ADDRESSES)


def open_store(place: str, key_file: Path | None = None) -> Store:
    """The store at ``place``; ``key_file`` holds the keys of a bucket. Raises ``Refused`` where they cannot be used."""
    if is_bucket(place):
        from station.receiver.stores.s3 import S3Store  # botocore costs a folder's receiver half its start
        from station.receiver.stores.s3_client import bucket_and_prefix, client

        return S3Store(client(place, key_file), *bucket_and_prefix(place))
    return FolderStore(Path(place))
