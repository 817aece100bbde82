"""What a province says that is not ours, or of other bytes, is not believed; nothing is sent to where it points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from station.delivery.destinations.contract import DeliveryFile
from station.delivery.destinations.tus import TusSender
from station.delivery.destinations.tus_http import LineTimeouts
from station.errors import DeliveryWaits
from tests.delivery.conftest import Diary
from tests.delivery.scripted_server import Answer, ScriptedServer, scripted_server

QUICK = LineTimeouts(connect=2, read=4, receipt=0.01, failures=0)
OTHER = "0" * 64

Make = Callable[..., DeliveryFile]


def refusal(server: ScriptedServer, sent: DeliveryFile, diary: Diary | None = None) -> str:
    with TusSender(server.destination(), QUICK) as sender, pytest.raises(DeliveryWaits) as raised:
        sender.send(sent, diary or Diary())
    return raised.value.code


def without_receipt(**by_method: Answer) -> Callable[[str, str], Answer]:
    """A province that has no receipt, as its receiver says it, and answers the rest as told."""

    def answer(method: str, path: str) -> Answer:
        none = Answer(404, told={"error": "Not Found", "sha256": path.rpartition("/")[2]})
        return none if method == "GET" else by_method.get(method, Answer(404))

    return answer


@pytest.mark.parametrize(("sha256", "more"), [(OTHER, 0), (None, 1)], ids=["another hash", "another length"])
def test_receipt_for_other_bytes_is_none_for_these(delivery_file: Make, sha256: str | None, more: int) -> None:
    sent = delivery_file(1000)
    told = {"sha256": sha256 or sent.sha256, "bytes": sent.bytes + more, "store": "ab/cd"}
    with scripted_server(Answer(told=told)) as server:
        assert refusal(server, sent) == "tus-receipt-for-other-bytes"
        with TusSender(server.destination(), QUICK) as sender:
            assert not sender.holds(sent)


def test_province_holds_what_it_names_by_hash_and_length(delivery_file: Make) -> None:
    sent = delivery_file(1000)
    told = {"sha256": sent.sha256, "bytes": sent.bytes}
    for status, held in ((200, True), (404, False)):
        with scripted_server(Answer(status, told=told)) as server, TusSender(server.destination(), QUICK) as sender:
            assert sender.holds(sent) is held


@pytest.mark.parametrize("told", [None, {}, {"error": "Not Found"}, [], "sha256"])
def test_404_of_another_server_says_nothing(delivery_file: Make, told: Any) -> None:
    """A receiver names the hash that it has no receipt for; any web server says 404."""
    with scripted_server(Answer(404, told=told)) as server:
        assert refusal(server, delivery_file(10)) == "tus-not-tus"
        assert server.asked == ["GET"], "nothing is sent to what is no receiver"


def test_nothing_is_sent_to_where_a_server_redirects(delivery_file: Make) -> None:
    with scripted_server(Answer(404)) as other:
        away = {"Location": f"{other.address}/files"}
        for status in (301, 302, 307, 308):
            with scripted_server(Answer(status, away)) as server:
                assert refusal(server, delivery_file(10)) == "tus-redirected"
            with scripted_server(without_receipt(POST=Answer(status, away))) as server:
                assert refusal(server, delivery_file(10)) == "tus-redirected"
        assert other.asked == []


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_upload_goes_to_no_other_server_than_that_of_the_settings(delivery_file: Make, scheme: str) -> None:
    """A server behind a proxy may name itself by an inner name."""
    with scripted_server(Answer(404)) as other:
        begun = Answer(201, {"Location": f"{scheme}://127.0.0.1:{other.port}/files/1"})
        with scripted_server(without_receipt(POST=begun, PATCH=Answer(400))) as server:
            diary = Diary()
            assert refusal(server, delivery_file(10), diary) == "tus-not-tus"
            assert diary.upload_url == f"{server.address}/files/1"
            assert server.asked == ["GET", "POST", "PATCH"]
        assert other.asked == []


def test_upload_that_was_begun_elsewhere_begins_anew(delivery_file: Make) -> None:
    """The province moved to another server: what the catalogue remembers of the old one is not asked with our token."""
    with scripted_server(Answer(404)) as other, scripted_server(without_receipt(POST=Answer(400))) as server:
        assert refusal(server, delivery_file(10), Diary(f"{other.address}/files/1")) == "tus-not-tus"
        assert (other.asked, server.asked) == ([], ["GET", "POST"])


@pytest.mark.parametrize("offset", ["11", "-1", "", "x"])
def test_server_that_tells_of_more_bytes_than_there_are_is_none_of_ours(delivery_file: Make, offset: str) -> None:
    with scripted_server(without_receipt(HEAD=Answer(200, {"Upload-Offset": offset, "Upload-Length": "10"}))) as server:
        assert refusal(server, delivery_file(10), Diary(f"{server.address}/files/1")) == "tus-not-tus"


def test_upload_of_another_length_is_not_gone_on_with(delivery_file: Make) -> None:
    """Bytes of this file behind those of another one would be a file of neither."""
    other = Answer(200, {"Upload-Offset": "5", "Upload-Length": "11"})
    with scripted_server(without_receipt(HEAD=other, POST=Answer(400), PATCH=Answer(400))) as server:
        assert refusal(server, delivery_file(10), Diary(f"{server.address}/files/1")) == "tus-not-tus"
        assert server.asked[-1] == "POST", "it begins anew"


def test_server_that_forgets_each_upload_is_not_asked_without_end(delivery_file: Make) -> None:
    """As several servers behind one name do that have no spool in common."""
    with scripted_server(without_receipt()) as server:
        begun = Answer(201, {"Location": f"{server.address}/files/1"})
        server.answer = without_receipt(POST=begun)
        with TusSender(server.destination(), replace(QUICK, failures=2)) as sender:
            with pytest.raises(DeliveryWaits) as raised:
                sender.send(delivery_file(10), Diary())
            assert raised.value.code == "tus-no-progress"
        assert server.asked.count("POST") == 3
