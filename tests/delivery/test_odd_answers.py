"""Answers that no tus server gives: none fills the memory, none holds a delivery for ever, each is told in words."""

from __future__ import annotations

import resource
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from station import messages
from station.delivery.destinations.contract import DeliveryFile
from station.delivery.destinations.tus import TusSender
from station.delivery.destinations.tus_http import LineTimeouts
from station.errors import DeliveryStuck, DeliveryWaits
from station.health.doctor import endpoints
from station.health.doctor.report import Verdict
from tests.delivery.conftest import Diary
from tests.delivery.odd_province import OddProvince, odd_province
from tests.delivery.province import Province

QUICK = LineTimeouts(connect=5, read=5, answer=0.5, receipt=1, failures=2)
MB = 1024 * 1024

Make = Callable[..., DeliveryFile]


def trouble(province: OddProvince, delivery_file: DeliveryFile, patience: LineTimeouts = QUICK) -> DeliveryWaits:
    """What a delivery there ends with; it may not take more memory than a few answers."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(DeliveryWaits) as raised, TusSender(province.destination(), patience) as sender:
        sender.send(delivery_file, Diary())
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024, "in KB"
    for language in messages.LANGUAGES:
        assert "{" not in raised.value.sentence(language)
    return raised.value


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """A gigabyte of zeros, packed."""
    packer = zlib.compressobj(wbits=31)
    return b"".join([*(packer.compress(bytes(MB)) for _ in range(1024)), packer.flush()])


def flood(status: int) -> Callable[[Any], None]:
    def answer(handler: Any) -> None:
        handler.head(status, Content_Length=str(6 * 1024 * MB), Location="/files/1", Upload_Offset="0")
        for _ in range(6 * 1024):
            handler.wfile.write(bytes(MB))

    return answer


def test_packed_answer_is_not_unpacked(delivery_file: Make, bomb: bytes) -> None:
    with odd_province(GET=lambda handler: handler.say(200, bomb, Content_Encoding="gzip")) as province:
        found = trouble(province, delivery_file(10))
    assert (found.code, type(found)) == ("tus-answer-packed", DeliveryStuck)


@pytest.mark.parametrize(
    ("method", "status"), [("GET", 200), ("GET", 404), ("POST", 201), ("PATCH", 200), ("PATCH", 404)]
)
def test_answer_without_end_is_not_read_to_its_end(delivery_file: Make, method: str, status: int) -> None:
    with odd_province(**{method: flood(status)}) as province:
        found = trouble(province, delivery_file(10))
    assert (found.code, type(found)) == ("tus-answer-long", DeliveryStuck)


def dripping_head(handler: Any) -> None:
    handler.drip(b"HTTP/1.1 200 OK\r\nX-Slow: ")


def dripping_body(handler: Any) -> None:
    handler.head(200, Content_Length=str(MB))
    handler.drip(b"")


def dripping_chunks(handler: Any) -> None:
    handler.head(200, Transfer_Encoding="chunked")
    handler.drip(b"0")


def endless_go_on(handler: Any) -> None:
    handler.drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)


def body_that_ends_with_its_connection(handler: Any) -> None:
    handler.head(404, Connection="close")
    handler.drip(b'{"sha256": "-"}')


@pytest.mark.parametrize(
    "answer",
    [dripping_head, dripping_body, dripping_chunks, endless_go_on, body_that_ends_with_its_connection],
)
def test_answer_that_drips_has_an_end(delivery_file: Make, answer: Callable[[Any], None]) -> None:
    with odd_province(GET=answer) as province:
        started = time.monotonic()
        found = trouble(province, delivery_file(10))
        assert time.monotonic() - started < 20
    assert (found.code, type(found)) == ("tus-answer-slow", DeliveryWaits)


def test_slow_line_is_no_slow_answer(delivery_file: Make) -> None:
    """Sending may take as long as it takes: only the answer has a deadline."""
    with (
        odd_province() as province,
        TusSender(province.destination(limit_kbit=4000), QUICK) as sender,
        pytest.raises(DeliveryWaits) as raised,
    ):
        sender.send(delivery_file(MB), Diary())
    assert raised.value.code == "tus-receipt-late"
    assert province.offset == MB


def stands(handler: Any) -> None:
    handler.say(204, Upload_Offset="0")


def goes_a_byte(handler: Any) -> None:
    handler.province.offset += 1
    handler.say(204, Upload_Offset=str(handler.province.offset))


def falls_back(handler: Any) -> None:
    """Takes a piece, and has lost it at the next."""
    if handler.province.offset:
        handler.province.offset = 0
        handler.say(409)
    else:
        handler.usual()


def forgets(handler: Any) -> None:
    handler.say(404)


@pytest.mark.parametrize("answer", [stands, goes_a_byte, falls_back, forgets])
def test_server_that_gets_no_further_is_asked_a_few_times_only(
    delivery_file: Make, answer: Callable[[Any], None]
) -> None:
    head = {"HEAD": forgets} if answer is forgets else {}
    with odd_province(PATCH=answer, **head) as province:
        found = trouble(province, delivery_file(5 * MB), LineTimeouts(failures=4))
    assert found.code in ("tus-no-progress", "tus-server-trouble")
    assert type(found) is DeliveryWaits
    assert province.asked.count("PATCH") < 15
    assert len(province.asked) < 40


NESTED, LONG_NUMBER = b"[" * 200_000, b'{"sha256": "-", "bytes": ' + b"9" * 10_000 + b"}"


@pytest.mark.parametrize(
    "body", [NESTED, LONG_NUMBER, b"\xff\xfe", b"null", b'{"sha256": "-", "store": "' + b"x" * 9000 + b'"}']
)
def test_receipt_that_is_none_is_told(delivery_file: Make, body: bytes) -> None:
    with odd_province(GET=lambda handler: handler.say(200, body)) as province:
        assert trouble(province, delivery_file(10)).code == "tus-not-tus"


@pytest.mark.parametrize("location", ["http://[", "/" + "x" * 9000])
def test_address_of_an_upload_that_is_none_is_told(delivery_file: Make, location: str) -> None:
    with odd_province(POST=lambda handler: handler.say(201, Location=location)) as province:
        assert trouble(province, delivery_file(10)).code == "tus-not-tus"


@pytest.mark.parametrize("offset", ["9" * 5000, "-1", "", "1e3", "²"])
def test_offset_that_is_none_is_told(delivery_file: Make, offset: str) -> None:
    with odd_province(PATCH=lambda handler: handler.say(204, Upload_Offset=offset)) as province:
        assert trouble(province, delivery_file(10)).code == "tus-not-tus"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_upload_that_is_led_on_is_told_by_doctor_before_anything_is_sent(delivery_file: Make, status: int) -> None:
    """The receipts answer as they should: only what is posted is led on, by a slash or to another host."""
    with odd_province(POST=lambda handler: handler.say(status, Location="https://khac.example/files/")) as province:
        verdict, said = endpoints.destination_line(province.destination())
        found = trouble(province, delivery_file(10))
    assert (verdict, said.code, found.code) == (Verdict.FAILURE, "tus-redirected", "tus-redirected")
    assert "https://khac.example/files/" in said.sentence("vi")
    assert "PATCH" not in province.asked


def test_doctor_posts_nothing_that_stays(province: Province) -> None:
    verdict, said = endpoints.destination_line(province.destination())
    assert (verdict, said.code) == (Verdict.OK, "doctor-destination-tus")
    assert province.left_in_spool() == []


def test_connection_serves_again_after_each_answer(delivery_file: Make) -> None:
    """With a new one for each piece a line of 300 ms would be twice as slow."""
    ports = set()

    def noted(handler: Any) -> None:
        ports.add(handler.client_address)
        handler.usual()

    with odd_province(GET=noted, POST=noted, PATCH=noted, HEAD=noted) as province:
        trouble(province, delivery_file(5 * MB))
    assert len(ports) == 1


def test_byte_order_mark_is_no_part_of_a_token(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_bytes(b"\xef\xbb\xbfabc123\r\n")
    token.chmod(0o600)
    shown = []

    def noted(handler: Any) -> None:
        shown.append(handler.headers["Authorization"])
        handler.usual()

    with odd_province(GET=noted) as province, TusSender(province.destination(token_file=token), QUICK) as sender:
        sender.check()
    assert shown == ["Bearer abc123"]
