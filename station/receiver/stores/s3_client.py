"""The line to an S3 engine: botocore, set up for any engine that speaks its protocol, and what it says in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from station.errors import Refused
from station.receiver.stores.contract import StoreFailed
from station.storage import secret_file

#: More than two keys have (bytes).
_LONGEST = 4096
#: What engines answer where there is no room; 507 is another one's.
_FULL = {"QuotaExceeded", "InsufficientStorage", "XMinioStorageFull"}
#: Engines of one's own have no regions, and take this one.
_REGION = "us-east-1"
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Answered(StoreFailed):
    """The engine answered with an error: ``status`` is HTTP's."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        is_full = code in _FULL or status == HTTPStatus.INSUFFICIENT_STORAGE
        super().__init__(f"{status} {code}: {detail}", is_full=is_full)
        self.status = status


def bucket_and_prefix(address: str) -> tuple[str, str]:
    """Bucket and what stands before each name in it, of ``https://HOST/BUCKET[/BEFORE]``. Raises ``Refused``."""
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018  it is read, and may be none, only when it is asked for
    except ValueError as error:
        raise Refused("receive-bucket-address", address=address.partition("@")[2] or address) from error
    bucket, _, before = parts.path.strip("/").partition("/")
    if not parts.hostname or not bucket or parts.query or parts.fragment or parts.username:
        raise Refused("receive-bucket-address", address=f"{parts.scheme}://{parts.hostname}{parts.path}")
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise Refused("receive-bucket-plain", host=parts.hostname)
    return bucket, f"{before}/" if before else ""


def client(address: str, key_file: Path | None) -> Any:
    """A client of the engine at that address. Raises ``Refused`` where address or keys cannot be used."""
    bucket_and_prefix(address)
    access, secret = _keys(key_file)
    try:
        import botocore.session
        from botocore.config import Config
    except ModuleNotFoundError as error:
        raise Refused("receive-library", library="botocore") from error
    parts = urlsplit(address)
    config = Config(
        signature_version="s3v4",
        # Signed, so that an engine that knows no newer checksum sees by the signature whether the bytes are right.
        s3={"addressing_style": "path", "payload_signing_enabled": True},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        connect_timeout=5,
        read_timeout=120,
        retries={"mode": "standard", "total_max_attempts": 3},
    )
    return botocore.session.get_session().create_client(
        "s3",
        region_name=_REGION,
        endpoint_url=f"{parts.scheme}://{parts.netloc}",
        aws_access_key_id=access,
        aws_secret_access_key=secret,
        config=config,
    )


@contextmanager
def typed_errors() -> Iterator[None]:
    """Let what botocore raises in the block be ``Answered`` or ``StoreFailed``."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        answer = error.response.get("Error", {})
        raise Answered(status, str(answer.get("Code", "")), str(answer.get("Message", ""))) from error
    except BotoCoreError as error:
        raise StoreFailed(error) from error


def _keys(file: Path | None) -> tuple[str, str]:
    """The access key and the secret key: two lines of a file that nobody else may read."""
    if file is None:
        raise Refused("receive-bucket-key-missing")
    keys = secret_file.read(
        file, _LONGEST, is_open="receive-bucket-key-open", is_unreadable="receive-bucket-key-unreadable"
    )
    lines = keys.split()
    if len(lines) != 2:
        raise Refused("receive-bucket-key-unreadable", path=file, detail=f"{len(lines)} / 2")
    return lines[0], lines[1]
