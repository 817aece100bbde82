"""What a province says of other bytes than these proves nothing of these."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from station.delivery.destinations.contract import DeliveryFile
from station.delivery.destinations.tus import TusSender
from station.delivery.destinations.tus_http import LineTimeouts
from station.errors import DeliveryStuck
from tests.delivery.conftest import Diary
from tests.delivery.liar import lying

QUICK = LineTimeouts(connect=2, read=4, receipt=1, failures=1)
OTHER = "0" * 64

Make = Callable[..., DeliveryFile]


@pytest.mark.parametrize(("sha256", "more"), [(OTHER, 0), (None, 1)], ids=["another hash", "another length"])
def test_receipt_for_other_bytes_is_none_for_these(parcel: Make, sha256: str | None, more: int) -> None:
    sent = parcel(1000)
    told = {"sha256": sha256 or sent.sha256, "bytes": sent.bytes + more, "store": "ab/cd"}
    with lying(told=told) as liar, TusSender(liar.destination(), QUICK) as sender:
        with pytest.raises(DeliveryStuck) as raised:
            sender.send(sent, Diary())
        assert raised.value.code == "tus-receipt-for-other-bytes"
        assert not sender.holds(sent.sha256, sent.bytes)


def test_province_holds_what_it_names_by_hash_and_length(parcel: Make) -> None:
    sent = parcel(1000)
    with (
        lying(told={"sha256": sent.sha256, "bytes": sent.bytes}) as liar,
        TusSender(liar.destination(), QUICK) as sender,
    ):
        assert sender.holds(sent.sha256, sent.bytes)
        liar.status = 404
        assert not sender.holds(sent.sha256, sent.bytes)
