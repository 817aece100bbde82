"""Delivery to a tus 1.0 server beside the province's receiver; only the receiver's receipt counts as arrived.

The server is asked for its offset after every error and believed, even where it went down; the upload's address is
stored before the first byte leaves, so that a restart of either side costs at most one piece sent again. Not tuspy: it
has no timeout, and takes two files with equal beginnings for the same one.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

from station.delivery.destinations.contract import DeliveryFile, Transfer
from station.delivery.destinations.http_answers import RECEIPT, Answer
from station.delivery.destinations.tus_chunks import PIECE, Chunk, RateLimit
from station.delivery.destinations.tus_http import Interrupted, LineTimeouts, TusClient
from station.errors import DeliveryStuck, DeliveryWaits
from station.messages import Message
from station.settings.tables import TusDestination
from station.storage import durable

#: How often a file is sent again from its beginning within one try, because it came out wrong at the other end.
_RESTARTS = 2
_GONE = (404, 410)
#: The longest address or path that a server may tell (characters).
_LONGEST = 2000
#: Lets the receiver finish its look at the spool before it answers that there is no receipt (RFC 7240).
_WAIT = {"Prefer": "wait=2"}


class TusSender:
    """Delivers files to one destination over one session."""

    def __init__(self, destination: TusDestination, patience: LineTimeouts | None = None) -> None:
        self._destination = destination
        self._patience = patience or LineTimeouts()
        self._line = TusClient(destination, self._patience)
        self._pace = RateLimit(destination.limit_kbit)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._line.close()

    def send(self, delivery_file: DeliveryFile, transfer: Transfer) -> str:
        """Bring the file over, from where an earlier try stopped; gives where the receiver stored it.

        Raises ``DeliveryWaits`` (``DeliveryStuck`` where a person must act) with the reason.
        """
        try:
            return self._send(delivery_file, _TusUpload(self._line, self._destination, delivery_file, transfer))
        except Interrupted as error:
            raise error.as_waiting() from error
        except (FileNotFoundError, EOFError) as error:
            raise DeliveryStuck("package-file-changed", file=delivery_file.source.name) from error

    def holds(self, delivery_file: DeliveryFile) -> bool:
        """Whether the province says, now, that it holds these bytes. Raises like :meth:`send`."""
        try:
            receipt = self._ask_receipt(delivery_file.sha256)
        except Interrupted as error:
            raise error.as_waiting() from error
        return receipt is not None and _is_for(receipt, delivery_file)

    def _send(self, delivery_file: DeliveryFile, upload: _TusUpload) -> str:
        if (store := self._receipt(delivery_file)) is not None:
            return store
        for _ in range(1 + _RESTARTS):
            self._bring(upload)
            if (store := self._proof(upload)) is not None:
                return store
            # The receiver threw the file away because its hash was wrong: is it the line's fault, or ours?
            if durable.sha256_of(delivery_file.source) != delivery_file.sha256:
                raise DeliveryStuck("package-file-changed", file=delivery_file.source.name)
        raise DeliveryWaits("tus-corrupted", host=self._line.host, file=delivery_file.source.name)

    def check(self) -> Message:
        """Try both addresses, certificate and token with questions that change nothing. Raises like :meth:`send`."""
        try:
            self._ask_receipt("0" * 64)
            # A proxy may lead on only what is sent. Without the protocol's version a tus server must refuse (412).
            self._line.ask("POST", self._destination.url, headers={"Tus-Resumable": None}, accept=(201, 400, 412))
        except Interrupted as error:
            raise error.as_waiting() from error
        return Message("doctor-destination-tus", {"host": self._line.host})

    def _bring(self, upload: _TusUpload) -> None:
        """Return when the server holds all bytes, or holds nothing any more because the receiver took them."""
        offset, failures, furthest = None, 0, 0
        while True:
            try:
                if offset is None and upload.url is not None:
                    offset = upload.ask_offset()
                    if offset is None and self._receipt(upload.delivery_file) is not None:
                        return
                if offset is None:
                    offset = upload.begin()
                upload.transfer.reached(offset)
                if offset == upload.delivery_file.bytes:
                    return
                reached = upload.send_piece(offset, self._pace)
                if reached is None or reached < min(offset + PIECE, upload.delivery_file.bytes):
                    # As long as it answers, it would be asked again and again: 25,560 times in 45 s.
                    raise Interrupted("tus-no-progress", host=self._line.host, file=upload.delivery_file.source.name)
                offset = reached
                if offset > furthest:
                    furthest, failures = offset, 0
            except Interrupted:
                failures += 1
                if failures > self._patience.failures:
                    raise
                time.sleep(self._patience.pause(failures))
                offset = None

    def _proof(self, upload: _TusUpload) -> str | None:
        """Wait for the receipt; None when the server does not hold the whole file any more."""
        delivery_file = upload.delivery_file
        deadline = time.monotonic() + self._patience.receipt
        queries = 0
        while True:
            try:
                # In this order: the receiver stores the receipt before it frees the upload.
                gone = queries > 0 and upload.ask_offset() != delivery_file.bytes
                if (store := self._receipt(delivery_file, _WAIT)) is not None:
                    return store
                if gone:
                    return None
            except Interrupted:
                if time.monotonic() > deadline:
                    raise
            if time.monotonic() > deadline:
                raise DeliveryWaits("tus-receipt-late", host=self._line.host, file=delivery_file.source.name)
            queries += 1
            time.sleep(self._patience.pause(queries))

    def _receipt(self, delivery_file: DeliveryFile, headers: Mapping[str, str] | None = None) -> str | None:
        receipt = self._ask_receipt(delivery_file.sha256, headers)
        if receipt is None:
            return None
        if not _is_for(receipt, delivery_file):
            raise DeliveryStuck("tus-receipt-for-other-bytes", host=self._line.host, file=delivery_file.source.name)
        return str(receipt.get("store"))

    def _ask_receipt(self, sha256: str, headers: Mapping[str, str] | None = None) -> Mapping[str, Any] | None:
        """The receipt as it was told. Only a receiver's own 404 means that there is none: it names the hash."""
        url = f"{self._destination.receipts.rstrip('/')}/{sha256}"
        answer = self._line.ask("GET", url, headers=headers, accept=(200, 404), limit=RECEIPT)
        receipt = answer.json()
        if not isinstance(receipt, dict) or "sha256" not in receipt or len(str(receipt.get("store"))) > _LONGEST:
            raise DeliveryStuck("tus-not-tus", url=url, status=answer.status)
        return receipt if answer.status == 200 else None


@dataclass
class _TusUpload:
    """The upload of one delivery_file at the server: where it is, and the requests that move it on."""

    line: TusClient
    destination: TusDestination
    delivery_file: DeliveryFile
    transfer: Transfer
    url: str | None = None

    def __post_init__(self) -> None:
        stored = self.transfer.upload_url
        self.url = stored if stored and _origin(stored) == _origin(self.destination.url) else None

    def ask_offset(self) -> int | None:
        """How many bytes the server holds; None when it knows nothing of this upload."""
        if self.url is None:
            return None
        answer = self.line.ask("HEAD", self.url, accept=(200, 204, *_GONE))
        length = answer.headers.get("Upload-Length")
        if answer.status in _GONE or (length is not None and length != str(self.delivery_file.bytes)):
            self.url = None
            return None
        return self._offset(answer)

    def begin(self) -> int:
        """Create the upload and remember its address."""
        headers = {"Upload-Length": str(self.delivery_file.bytes), "Upload-Metadata": _metadata(self.delivery_file)}
        answer = self.line.ask("POST", self.destination.url, headers=headers, accept=(201,))
        address = answer.headers.get("Location", "")
        try:
            location = urlsplit(urljoin(self.destination.url, address))
        except ValueError:
            location = None
        if location is None or len(address) > _LONGEST:
            raise DeliveryStuck("tus-not-tus", url=self.destination.url, status=answer.status)
        # A server behind a proxy may name itself http or by an inner name; nothing is sent to any but the one set.
        ours = urlsplit(self.destination.url)
        self.url = location._replace(scheme=ours.scheme, netloc=ours.netloc).geturl()
        self.transfer.began(self.url)
        return 0

    def send_piece(self, offset: int, pace: RateLimit) -> int | None:
        """Send the next piece; gives the offset the server tells, None where it must be asked."""
        assert self.url is not None
        size = min(PIECE, self.delivery_file.bytes - offset)
        headers = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        with self.delivery_file.source.open("rb") as file:
            piece = Chunk(file, offset, size, pace)
            answer = self.line.ask("PATCH", self.url, headers=headers, piece=piece, accept=(200, 204, *_GONE))
        return None if answer.status in _GONE else self._offset(answer)

    def _offset(self, answer: Answer) -> int:
        text = answer.headers.get("Upload-Offset", "")
        if not (text.isascii() and text.isdecimal() and len(text) < 20) or int(text) > self.delivery_file.bytes:
            raise DeliveryStuck("tus-not-tus", url=self.destination.url, status=answer.status)
        return int(text)


def _is_for(receipt: Mapping[str, Any], delivery_file: DeliveryFile) -> bool:
    """Whether a receipt is for these very bytes."""
    return (receipt.get("sha256"), receipt.get("bytes")) == (delivery_file.sha256, delivery_file.bytes)


def _metadata(delivery_file: DeliveryFile) -> str:
    metadata: Mapping[str, str] = {
        "sha256": delivery_file.sha256,
        "package": delivery_file.package,
        "station": delivery_file.station,
        "filename": delivery_file.source.name,
    }
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in metadata.items())


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
