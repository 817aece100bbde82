"""The station's own certificate: made once, kept as long as it is of use, whatever the clock says meanwhile."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, tzinfo
from pathlib import Path
from threading import Barrier

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from station.access import tls_certificate
from station.system import lan
from tests.station.opened_station import OpenedStation, opened_station
from tests.waiting import PATIENCE

ON = '[lan]\nenabled = true\nnames = ["quet.xa.lan", "192.0.2.44"]\n'


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenedStation]:
    with opened_station(tmp_path, ON) as ready:
        yield ready


def read(desk: OpenedStation) -> x509.Certificate:
    return x509.load_pem_x509_certificate(tls_certificate.station_certificate(desk.station).file.read_bytes())


def test_it_is_of_one_curve_for_all_names_and_the_owner_alone_reads_the_key(desk: OpenedStation) -> None:
    found = read(desk)
    key = found.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.curve.name == "secp256r1"
    told = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(lan.names(desk.station.settings.lan)) - {"192.0.2.44"} == set(told.get_values_for_type(x509.DNSName))
    addresses = {str(one) for one in told.get_values_for_type(x509.IPAddress)}
    assert addresses == {*lan.addresses(), "192.0.2.44"}
    assert (found.not_valid_after_utc - found.not_valid_before_utc).days <= 825
    assert tls_certificate.station_certificate(desk.station).file.stat().st_mode & 0o777 == 0o600


def test_it_stays_the_same(desk: OpenedStation) -> None:
    assert tls_certificate.station_certificate(desk.station) == tls_certificate.station_certificate(desk.station)


def test_all_who_need_the_first_one_at_once_get_the_same(desk: OpenedStation) -> None:
    together = 8
    ready = Barrier(together)

    def needed(_: int) -> str:
        ready.wait(PATIENCE)
        return tls_certificate.station_certificate(desk.station).fingerprint

    with ThreadPoolExecutor(together) as several:
        assert len(set(several.map(needed, range(together)))) == 1


@pytest.mark.parametrize("harm", ["cut", "emptied", "open to others", "another's key", "no certificate"])
def test_one_that_is_of_no_use_is_made_anew(desk: OpenedStation, tmp_path: Path, harm: str) -> None:
    before = tls_certificate.station_certificate(desk.station)
    content = before.file.read_bytes()
    if harm == "cut":
        before.file.write_bytes(content[:700])
    elif harm == "emptied":
        before.file.write_bytes(b"")
    elif harm == "open to others":
        before.file.chmod(0o640)
    elif harm == "another's key":
        with opened_station(tmp_path / "other", ON) as other:
            foreign = tls_certificate.station_certificate(other.station).file.read_bytes()
        end = b"-----END PRIVATE KEY-----\n"
        before.file.write_bytes(foreign.partition(end)[0] + end + content.partition(end)[2])
    else:
        before.file.write_bytes(content.partition(b"-----BEGIN CERTIFICATE")[0])
    after = tls_certificate.station_certificate(desk.station)
    assert after.fingerprint != before.fingerprint
    assert after.file.stat().st_mode & 0o777 == 0o600
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(after.file)


def test_new_name_in_the_settings_makes_a_new_one(desk: OpenedStation, tmp_path: Path) -> None:
    before = tls_certificate.station_certificate(desk.station).fingerprint
    with opened_station(tmp_path, ON.replace("quet.", "may-quet.")) as renamed:
        assert tls_certificate.station_certificate(renamed.station).fingerprint != before


def test_dead_battery_does_not_change_it_and_a_clock_beyond_its_end_does(
    desk: OpenedStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at(year: int) -> str:
        class Clock(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Clock:
                return cls(year, 6, 1, tzinfo=tz)

        monkeypatch.setattr(tls_certificate, "datetime", Clock)
        return tls_certificate.station_certificate(desk.station).fingerprint

    first = at(1970)
    assert at(2025) == at(2026) == at(1980) == first
    beyond = at(2035)
    assert at(2036) == beyond != first
    assert at(2026) != beyond, "once the clock is right again, that one is not valid for nine years"
