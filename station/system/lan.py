"""The station in the office's network: its names and addresses, and the clients that are allowed."""

from __future__ import annotations

import fcntl
import ipaddress
import socket
import struct

from station.settings.network_types import HOST_NAME
from station.settings.tables import Lan

_SIOCGIFADDR = 0x8915  # linux/sockios.h
#: ``struct ifreq``: 16 bytes of name, then a ``sockaddr_in`` whose address begins 4 bytes in.
_REQUEST = struct.Struct("16s4x4s232x")


def addresses() -> list[str]:
    """The IPv4 address of each network this PC is in now; a further one of the same interface stands in the settings.

    Asked anew each time: in an office addresses come and go with DHCP.
    """
    own_addresses = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, interface in socket.if_nameindex():
            try:
                answer = fcntl.ioctl(probe, _SIOCGIFADDR, _REQUEST.pack(interface.encode(), bytes(4)))
            except OSError:  # without an address, or gone meanwhile
                continue
            address = ipaddress.IPv4Address(_REQUEST.unpack(answer)[1])
            if not address.is_loopback:
                own_addresses.append(str(address))
    return own_addresses


def names(lan: Lan) -> list[str]:
    """This PC's host name, the same by mDNS (``.local``), and the names of the settings; in small letters."""
    own = socket.gethostname().lower()
    own_names = [own, f"{own}.local"] if HOST_NAME.fullmatch(own) and own != "localhost" else []
    return list(dict.fromkeys([*own_names, *lan.names]))


def is_ours(lan: Lan, host: str) -> bool:
    """Whether the page in the LAN may be asked for by this name or address."""
    return host in names(lan) or host in addresses()


def is_allowed(lan: Lan, address: str) -> bool:
    """Whether somebody at this IPv4 address is answered at all; this PC itself always is."""
    there = ipaddress.IPv4Address(address)
    return there.is_loopback or any(there in network for network in lan.allowed)


def pages(lan: Lan) -> list[str]:
    """What a person types to come to the page: by each address within the allowed networks, and the settings' names."""
    allowed = [address for address in addresses() if is_allowed(lan, address)]
    return [f"https://{host}:{lan.port}/" for host in (*allowed, *lan.names)]
