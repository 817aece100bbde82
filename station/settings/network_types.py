"""Types of the settings of the office's network: addresses that are allowed, names by which this PC is known."""

from __future__ import annotations

import re
from ipaddress import IPv4Network
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

#: A name in a network, in small letters (RFC 1123); an IPv4 address looks like one.
HOST_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
#: The largest network that can be an office's is 10.0.0.0/8.
_WIDEST = 8
#: The private networks (RFC 1918).
PRIVATE = (IPv4Network("10.0.0.0/8"), IPv4Network("172.16.0.0/12"), IPv4Network("192.168.0.0/16"))


def _network(value: object) -> IPv4Network:
    facts = {"text": str(value)}
    try:
        network = IPv4Network(facts["text"])
    except ValueError as error:
        raise PydanticCustomError("settings-network", "settings-network", facts) from error
    if network.prefixlen < _WIDEST:
        raise PydanticCustomError("settings-network-wide", "settings-network-wide", facts)
    return network


def _host_name(text: str) -> str:
    if not HOST_NAME.fullmatch(text.lower()):
        raise PydanticCustomError("settings-host-name", "settings-host-name", {"text": text})
    return text.lower()


#: A network, or a single address.
Network = Annotated[IPv4Network, BeforeValidator(_network)]
HostName = Annotated[str, AfterValidator(_host_name)]
