from __future__ import annotations

import pytest

from station.catalogue.models import Capture
from station.errors import Refused
from tests.station.opened_station import OpenedStation


def test_number_that_the_catalogue_cannot_hold_is_refused_in_words(desk: OpenedStation) -> None:
    with pytest.raises(Refused, match="larger than any"), desk.station.catalogue.reading() as session:
        session.get(Capture, 2**63)
    with pytest.raises(Refused, match="larger than any"), desk.station.catalogue.writing() as session:
        session.get(Capture, 2**63)
