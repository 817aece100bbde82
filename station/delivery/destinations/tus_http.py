"""The line to a tus destination: one session with its certificate and token, and what its answers and failures mean."""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase

from station.delivery.destinations import http_answers
from station.delivery.destinations.http_answers import PAGE, Answer, AnswerWatch, Packed, TooLong
from station.delivery.destinations.tus_chunks import Chunk
from station.errors import DeliveryStuck, DeliveryWaits, Refused
from station.messages import Message
from station.settings.tables import TusDestination
from station.storage import token_file

#: No station is older than this software; an earlier clock is a PC with an empty battery.
EARLIEST_YEAR = 2025
#: OpenSSL's verify codes for a certificate that is not valid yet or no more (x509_vfy.h).
_OUT_OF_DATE = (9, 10)
_MOVED = (301, 302, 303, 307, 308)
#: So much of a foreign address is shown (characters).
_SHOWN = 200


@dataclass(frozen=True)
class LineTimeouts:
    """How long to wait, in seconds, before a line counts as broken.

    ``connect`` is also for stalls while sending (urllib3 uses it so); ``read`` is for the next byte of an answer,
    ``answer`` for the whole of it, ``receipt`` for the receiver's work after the last byte. After ``failures`` in a
    row without a byte of progress, the queue backs off.
    """

    connect: float = 30
    read: float = 120
    answer: float = 240
    receipt: float = 120
    failures: int = 4

    def pause(self, times: int) -> float:
        """How long to wait after that many failures, or fruitless questions, in a row."""
        return float(min(2.0, 0.01 * 3**times))


class Interrupted(Exception):
    """The line broke, or the server cannot serve now: ask for the offset and go on from there."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.message = Message(code, facts)

    def as_waiting(self) -> DeliveryWaits:
        """What the queue is told when it goes on like that."""
        return DeliveryWaits(self.message.code, **self.message.facts)


class _Bearer(AuthBase):
    """The token, as an authority of requests' own: a .netrc would replace a plain header."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def credential_file(secret: Path) -> Path:
    """The secret's file; where only root may read it, the copy that systemd hands the service (LoadCredential=)."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder is None or not secret.exists() or os.access(secret, os.R_OK):
        return secret
    copy = Path(folder, secret.name)
    return copy if copy.exists() else secret


class TusClient:
    """Requests to one destination. What nobody can mend by trying again is raised as ``DeliveryWaits``."""

    def __init__(self, destination: TusDestination, patience: LineTimeouts) -> None:
        self._destination = destination
        self._timeout = (patience.connect, patience.read)
        self._watch = AnswerWatch(patience.answer)
        self._session = http_answers.session(self._watch)
        self._session.headers.update(
            {"Tus-Resumable": "1.0.0", "User-Agent": "tramquet", "Accept-Encoding": "identity"}
        )

    @property
    def host(self) -> str:
        """The other end, as people know it."""
        return urlsplit(self._destination.url).netloc

    def close(self) -> None:
        """Let the connections go."""
        self._session.close()

    def ask(
        self,
        method: str,
        url: str,
        *,
        accept: tuple[int, ...],
        headers: Mapping[str, str | None] | None = None,
        piece: Chunk | bytes | None = None,
        limit: int = PAGE,
    ) -> Answer:
        """Send a request; gives an answer whose status is in ``accept``, of at most ``limit`` bytes.

        A header that is None is one of the usual ones that is left out.

        Raises ``Interrupted`` where the same may work in a moment, else ``DeliveryWaits``.
        """
        response: requests.Response | None = None
        try:
            response = self._session.request(
                method,
                url,
                headers=dict(headers or {}),
                data=piece,
                auth=self._bearer,
                verify=self._authorities,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            )
            if response.status_code in accept:
                answer, response = http_answers.read(response, limit, self._watch), None
                return answer
            raise self._trouble(response)
        except TooLong as error:
            raise DeliveryStuck("tus-answer-long", url=url, limit=limit // 1024) from error
        except Packed as error:
            raise DeliveryStuck("tus-answer-packed", url=url) from error
        except requests.RequestException as error:
            if self._watch.over:
                raise Interrupted("tus-answer-slow", host=self.host, seconds=round(self._watch.within)) from error
            if isinstance(error, requests.exceptions.SSLError):
                raise self._distrust(error) from error
            raise Interrupted("tus-unreachable", host=self.host, detail=_reason(error)) from error
        finally:
            self._watch.end()
            if response is not None:  # not to be read to its end: its connection goes
                response.close()

    @cached_property
    def _bearer(self) -> _Bearer | None:
        if self._destination.token_file is None:
            return None
        # A person is told of the file in the settings; the copy lies where only the service looks.
        file = self._destination.token_file
        try:
            return _Bearer(token_file.read(credential_file(file)))
        except Refused as error:
            raise DeliveryStuck(error.code, **{**error.facts, "path": file}) from error

    @cached_property
    def _authorities(self) -> str | bool:
        file = self._destination.ca_file
        if file is None:
            return True
        try:
            ssl.create_default_context(cafile=file)
        except OSError as error:
            raise DeliveryStuck("tus-ca-unreadable", path=file, detail=error.strerror or "PEM") from error
        return str(file)

    def _distrust(self, error: requests.exceptions.SSLError) -> DeliveryWaits | Interrupted:
        refusal = next((one for one in _causes(error) if isinstance(one, ssl.SSLCertVerificationError)), None)
        if refusal is None:
            return Interrupted("tus-unreachable", host=self.host, detail=_reason(error))
        today = time.strftime("%Y-%m-%d")
        if time.gmtime().tm_year < EARLIEST_YEAR:
            return DeliveryStuck("tus-clock-wrong", today=today)
        if refusal.verify_code in _OUT_OF_DATE:
            return DeliveryStuck("tus-certificate-date", host=self.host, today=today, detail=refusal.verify_message)
        return DeliveryStuck("tus-certificate-wrong", host=self.host, detail=refusal.verify_message)

    def _trouble(self, response: requests.Response) -> DeliveryWaits | Interrupted:
        status = response.status_code
        if status in _MOVED:
            return DeliveryStuck("tus-redirected", url=response.url, to=response.headers.get("Location", "-")[:_SHOWN])
        if status in (401, 403):
            return DeliveryStuck("tus-token-refused", host=self.host, status=status)
        if status in (413, 507):
            return DeliveryWaits("tus-receiver-full", host=self.host, status=status)
        if status in (408, 409, 423, 425, 429) or status >= 500:
            return Interrupted("tus-server-trouble", host=self.host, status=status)
        return DeliveryStuck("tus-not-tus", url=response.url, status=status)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and everything it was made from; requests and urllib3 hide the cause in ``args`` and ``reason``."""
    yield error
    hidden = (*error.args, getattr(error, "reason", None), error.__cause__)
    for one in hidden:
        if isinstance(one, BaseException):
            yield from _causes(one)


def _reason(error: BaseException) -> str:
    """The innermost cause, in the few words of the system's own."""
    *_, cause = _causes(error)
    return (cause.strerror if isinstance(cause, OSError) and cause.strerror else "") or type(cause).__name__
