"""A person's browser without a screen: opens pages, and sends forms with the token of the page it last opened."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.station.opened_station import OpenedStation

NAME, PIN = "Nguyễn Thị Hoa", "135790"

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_TAG = re.compile(r"<[^>]*>")


def every_form(app: Flask) -> Iterator[str]:
    """The address of every view that takes a form, with something wherever it takes a word or a number."""
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()):
            yield re.sub(r"<\w+>", "x", re.sub(r"<int:\w+>", "1", rule.rule))


@dataclass
class Browser:
    """One browser at the page of one station; ``html`` is what it shows, ``address`` where it is."""

    client: FlaskClient
    desk: OpenedStation
    html: str = ""
    address: str = ""

    def open(self, address: str, status: int = 200) -> str:
        """Go to an address, following redirects; gives the HTML."""
        return self._shown(self.client.get(address, follow_redirects=True), status)

    def send(self, address: str, status: int = 200, **form: str | list[str]) -> str:
        """Send a form from the page that is shown, and follow to where it leads; gives the HTML there."""
        return self._shown(self._post(address, form, follow=True), status)

    def send_file(self, address: str, field: str, content: bytes, name: str, **form: str) -> str:
        """Send a form with a file, and follow to where it leads; gives the HTML there."""
        return self._shown(self._post(address, {**form, field: (io.BytesIO(content), name)}, follow=True), 200)

    def send_only(self, address: str, **form: str | list[str]) -> TestResponse:
        """Send a form and look at the bare answer."""
        return self._post(address, form, follow=False)

    @property
    def words(self) -> str:
        """What a person reads: the text without its tags."""
        return " ".join(unescape(_TAG.sub(" ", self.html)).split())

    def _post(self, address: str, form: Mapping[str, object], *, follow: bool) -> TestResponse:
        token = _TOKEN.search(self.html)
        assert token, f"no form on {self.address}"
        return self.client.post(
            address,
            data={"csrf_token": unescape(token[1]), **form},
            headers={"Referer": f"http://localhost{self.address}"},
            follow_redirects=follow,
        )

    def _shown(self, answer: TestResponse, status: int) -> str:
        assert answer.status_code == status, f"{answer.request.path}: {answer.status}"
        self.html = answer.get_data(as_text=True)
        self.address = answer.request.full_path.removesuffix("?")
        return self.html
