"""The station's own certificate for the LAN: made here, known by its fingerprint, in one file with its key.

No authority knows a PC in an office's network, so devices see a warning once; whoever pairs them compares the
fingerprint with what the station shows. That is why the certificate stays the same for as long as it can: a new address
by DHCP does not change it.
"""

from __future__ import annotations

import ipaddress
import logging
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from station.context import Station
from station.storage import durable, locks
from station.system import lan
from station.system.clock import EARLIEST_YEAR

log = logging.getLogger(__name__)

#: Apple's devices refuse a server's certificate that is valid for more than 825 days (support.apple.com/103769).
VALID = timedelta(days=820)
#: A device whose clock is a little behind believes it all the same.
_BEHIND = timedelta(days=1)


@dataclass(frozen=True)
class Certificate:
    """``file`` holds key and certificate (PEM, 0600); ``fingerprint`` is its SHA-256 as browsers show it."""

    file: Path
    fingerprint: str
    ends: datetime

    def good(self) -> bool:
        """Whether it is still valid."""
        return _now() < self.ends


def station_certificate(station: Station) -> Certificate:
    """The station's certificate; a new one where there is none, or where that one is of no use any more."""
    file = station.folders.data / "lan.pem"
    names = lan.names(station.settings.lan)
    certificate = _usable_certificate(file, names)
    if certificate is None:
        # The daemon and a command may both need the first one: what either tells must be what browsers will see.
        with locks.hold(station.folders.locks / "certificate", wait=True):
            certificate = _usable_certificate(file, names) or _new(file, names)
    return Certificate(file, fingerprint(certificate), certificate.not_valid_after_utc)


def fingerprint(certificate: x509.Certificate) -> str:
    """The SHA-256 of the certificate: ``3A:F0:...``."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def _usable_certificate(file: Path, names: list[str]) -> x509.Certificate | None:
    """What lies there, if it is whole, ours alone, valid now and for all these names."""
    try:
        state = file.stat()
        certificate = _read(file)
        key = load_pem_private_key(file.read_bytes(), None)
        subject_names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except FileNotFoundError:
        return None
    except (OSError, ValueError, x509.ExtensionNotFound) as error:
        log.warning("the certificate %s is of no use: %s", file, error)
        return None
    alone = state.st_uid == os.geteuid() and not state.st_mode & 0o077
    is_complete = {_host(name) for name in names} <= set(subject_names)
    valid = certificate.not_valid_before_utc <= _now() < certificate.not_valid_after_utc
    return certificate if alone and is_complete and valid and key.public_key() == certificate.public_key() else None


def _new(file: Path, names: list[str]) -> x509.Certificate:
    with durable.new_file(file, replace=True) as temporary:
        temporary.write_bytes(_certificate_file(names, lan.addresses()))
    certificate = _read(file)
    log.warning("a new certificate for the LAN was made, its SHA-256 fingerprint is %s", fingerprint(certificate))
    return certificate


def _host(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.IPv4Address(name))
    except ValueError:
        return x509.DNSName(name)


def _read(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


def _now() -> datetime:
    """The time, but never before this software: a PC whose battery is empty keeps its certificate."""
    return max(datetime.now(UTC), datetime(EARLIEST_YEAR, 1, 2, tzinfo=UTC))


def _certificate_file(names: list[str], addresses: list[str]) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Trạm Quét")])
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    usage = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_now() - _BEHIND)
        .not_valid_after(_now() + VALID)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, **usage), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([*map(_host, names), *map(_host, addresses)]), critical=False)
        .add_extension(identifier, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .sign(key, hashes.SHA256())
    )
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
