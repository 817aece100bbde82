"""A bucket of an S3 engine as the store: each file is one object under its SHA-256, put there by one request.

The engine checks the bytes by their hash and takes them only where the name is free (``If-None-Match: *``). So a
receiver that is killed, or whose answer is lost, begins again and finds its own object there; and of two receivers
with the same file one puts it there, and the other finds it.
"""

from __future__ import annotations

import base64
import hashlib
import io
import logging
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, BinaryIO, NamedTuple

from station.errors import Refused
from station.receiver.stores.contract import StoreFailed, WrongHash, place_of
from station.receiver.stores.s3_client import Answered, typed_errors

_LOG = logging.getLogger(__name__)
_PIECE = 1024 * 1024
#: S3 takes no more in one request (bytes); what is larger, such as the masters of a lossless ledger, comes in parts.
LARGEST_PUT = 5 * 1024**3
#: Ten thousand parts are allowed, so this is enough for 640 GB.
PART = 64 * 1024**2
#: 409: another request for the same name was under way. It is asked again after so long (s), then at the next look.
_CONFLICT_WAITS = (0.1, 0.3, 1.0, 0.0)
#: Two objects that stay in the bucket: by them an engine is tried, without the right to delete anything.
PROBE, FALSE_PROBE = "tramquet-probe", "tramquet-probe-false"
_PROBED, _OTHER = b"tramquet", b"tramque!"

_Condition = dict[str, str]


class _Sums(NamedTuple):
    """Length and hashes; older engines check what they get by MD5 only."""

    size: int
    sha256: bytes
    md5: bytes


class S3Store:
    """The objects of a bucket whose names begin with ``before``."""

    def __init__(
        self, client: Any, bucket: str, before: str, *, largest_put: int = LARGEST_PUT, part: int = PART
    ) -> None:
        self._client, self._bucket, self._before = client, bucket, before
        self._largest_put, self._part = largest_put, part

    def check(self) -> None:
        """Try with a probe that the engine overwrites nothing under a condition, and refuses bytes that are not right.

        Engines differ in that, and one that does not know the condition takes it as none.
        """
        name, free = self._before + PROBE, {"IfNoneMatch": "*"}
        try:
            self._takes(name, _PROBED, _sums(_PROBED), free)
            if self._takes(name, _OTHER, _sums(_OTHER), free) or self._get(name) != _PROBED:
                raise Refused("receive-bucket-condition", bucket=self._bucket)
            if self._takes(self._before + FALSE_PROBE, _PROBED, _sums(_OTHER), {}):
                raise Refused("receive-bucket-checksum", bucket=self._bucket)
        except StoreFailed as error:
            raise Refused("receive-bucket", bucket=self._bucket, detail=error) from error

    def keep(self, sha256: str, source: BinaryIO) -> str:
        """Check a finished upload and put it there, unless it is there."""
        sums = _sums(source)
        if sums.sha256.hex() != sha256:
            raise WrongHash
        name = self._before + place_of(sha256)
        if sums.size > self._largest_put:
            self._settle(name, sha256, lambda condition: self._put_in_parts(name, source, sha256, condition))
        else:
            self._settle(name, sha256, lambda condition: self._put(name, source, sums, condition))
        return name

    def read(self, sha256: str) -> bytes:
        """All of a file."""
        try:
            return self._get(self._before + place_of(sha256))
        except Answered as error:
            if error.status == HTTPStatus.NOT_FOUND:
                raise FileNotFoundError(place_of(sha256)) from error
            raise

    def _settle(self, name: str, sha256: str, put: Callable[[_Condition], None]) -> None:
        """Put it where the name is free, and see that what lies there otherwise is the same.

        What lies there and is not the file its name says has no receipt, for no receiver of ours put it there. It is
        replaced as it was seen, and not what somebody put there since.
        """
        try:
            self._when_free(name, lambda: put({"IfNoneMatch": "*"}))
        except Answered as error:
            if error.status != HTTPStatus.PRECONDITION_FAILED:
                raise
            there = self._tag_of_another(name, sha256)
            if there is not None:
                _LOG.warning("%s in bucket %s is not what its name says, and is replaced", name, self._bucket)
                self._replace(name, there, put)

    def _replace(self, name: str, there: str, put: Callable[[_Condition], None]) -> None:
        try:
            self._when_free(name, lambda: put({"IfMatch": there}))
        except Answered as error:
            if error.status != HTTPStatus.PRECONDITION_FAILED:
                raise
            # Ceph 16 compares a tag without the quotes that HTTP wants, and that it gave itself.
            self._when_free(name, lambda: put({"IfMatch": there.strip('"')}))

    def _when_free(self, name: str, act: Callable[[], None]) -> None:
        """Do it, again where another request for the same name is under way."""
        for wait in _CONFLICT_WAITS:
            try:
                return act()
            except Answered as error:
                if error.status != HTTPStatus.CONFLICT:
                    raise
                time.sleep(wait)
        raise StoreFailed(f"{name} is being written by somebody else")

    def _put(self, name: str, body: BinaryIO | bytes, sums: _Sums, condition: _Condition) -> None:
        if not isinstance(body, bytes):
            body.seek(0)
        with typed_errors():
            self._client.put_object(
                Bucket=self._bucket,
                Key=name,
                Body=body,
                ContentMD5=_text(sums.md5),
                ChecksumSHA256=_text(sums.sha256),
                **condition,
            )

    def _takes(self, name: str, content: bytes, sums: _Sums, condition: _Condition) -> bool:
        """Whether the engine takes these bytes, told to have those sums."""
        try:
            self._when_free(name, lambda: self._put(name, content, sums, condition))
        except Answered as error:
            if error.status in (HTTPStatus.PRECONDITION_FAILED, HTTPStatus.BAD_REQUEST):
                return False
            raise
        return True

    def _put_in_parts(self, name: str, source: BinaryIO, sha256: str, condition: _Condition) -> None:
        """The same for a large file: what lies in parts is nothing until they are joined under the condition."""
        with typed_errors():
            self._drop_parts(name)
            upload = self._client.create_multipart_upload(Bucket=self._bucket, Key=name)["UploadId"]
            which = {"Bucket": self._bucket, "Key": name, "UploadId": upload}
            try:
                whole = hashlib.sha256()
                parts: list[dict[str, object]] = []
                source.seek(0)
                while piece := source.read(self._part):
                    whole.update(piece)
                    md5 = hashlib.md5(piece, usedforsecurity=False).digest()
                    number = len(parts) + 1
                    answer = self._client.upload_part(**which, PartNumber=number, Body=piece, ContentMD5=_text(md5))
                    parts.append({"PartNumber": number, "ETag": answer["ETag"]})
                if whole.hexdigest() != sha256:  # the server wrote to it meanwhile
                    raise WrongHash
                self._client.complete_multipart_upload(**which, MultipartUpload={"Parts": parts}, **condition)
            except BaseException:
                self._drop_parts(name)
                raise

    def _drop_parts(self, name: str) -> None:
        """Take away what a kill left of this file; while this receiver stores it no other does."""
        for left in self._client.list_multipart_uploads(Bucket=self._bucket, Prefix=name).get("Uploads", ()):
            self._client.abort_multipart_upload(Bucket=self._bucket, Key=left["Key"], UploadId=left["UploadId"])

    def _tag_of_another(self, name: str, sha256: str) -> str | None:
        """The tag of what lies there, where that is not the file its name says; None where it is.

        It is read: what an engine says of a hash is what somebody told it.
        """
        found = hashlib.sha256()
        with typed_errors():
            answer = self._client.get_object(Bucket=self._bucket, Key=name)
            for piece in answer["Body"].iter_chunks(_PIECE):
                found.update(piece)
        return None if found.hexdigest() == sha256 else str(answer["ETag"])

    def _get(self, name: str) -> bytes:
        with typed_errors():
            return bytes(self._client.get_object(Bucket=self._bucket, Key=name)["Body"].read())


def _sums(source: BinaryIO | bytes) -> _Sums:
    """Of all of it."""
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    size, sha256, md5 = 0, hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    file.seek(0)
    while piece := file.read(_PIECE):
        size += len(piece)
        sha256.update(piece)
        md5.update(piece)
    return _Sums(size, sha256.digest(), md5.digest())


def _text(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
