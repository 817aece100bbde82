"""The page in the office's network, by the package and inside the service's sandbox: a network of this PC's own.

A bridge without ports stands for the network card, its second address for a device of the office, another bridge's for
somebody of elsewhere: the kernel lets a connection come from any address that it has.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import socket
import ssl
import urllib.request
from collections.abc import Callable
from functools import partial

from checks import Browser, check, eventually, healthy, journal, run, station
from office import DATA, SETTINGS, STATION
from sandbox import doctor

HERE, DEVICE, STRANGER = "192.168.77.1", "192.168.77.20", "203.0.113.9"
PORT = 8443
PAGE = f"https://{HERE}:{PORT}"
#: As docs/technician.md tells a technician.
LAN = f"""
[lan]
enabled = true
port = {PORT}
allowed = ["192.168.77.0/24"]
"""
NAME = "Máy bàn"


class From(urllib.request.HTTPSHandler):
    """Asks from one of this PC's addresses, and believes the station's certificate alone."""

    def __init__(self, address: str) -> None:
        super().__init__()
        known = ssl.create_default_context(cafile=DATA / "lan.pem")
        self._from = partial(http.client.HTTPSConnection, source_address=(address, 0), context=known)

    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._from, request)


def in_the_lan(log_in: Callable[[], Browser]) -> None:
    """Switched on by the settings, used by a device that is paired, and switched off again."""
    _network()
    check("without [lan] nothing listens for the network", not _open())
    SETTINGS.write_text(STATION + LAN, encoding="utf-8")
    run("systemctl", "restart", "tramquet")
    check("with it the page is in the network", eventually(_open), journal())
    shown = hashlib.sha256(ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate((HERE, PORT)))).digest()
    told = station("device", "fingerprint").strip()
    check("with the certificate whose fingerprint the station tells", shown.hex(":").upper() == told, told)
    line = doctor().get("lan")
    check("doctor tells where devices find it", line and line[0] == "ok" and f"{PAGE}/" in line[1], line)

    with socket.create_connection((HERE, PORT), timeout=20, source_address=(STRANGER, 0)) as stranger:
        check("who is not of the office is dropped without a byte", stranger.recv(1) == b"")
    told = f"{STRANGER} is not in [lan] allowed"
    check("the journal names that address", eventually(lambda: told in journal()), journal())
    device = Browser(PAGE, From(DEVICE))
    seen = [device.open(path) for path in ("/", "/login", "/healthz")]
    asked = all('name="code"' in page and 'name="pin"' not in page for page in seen)
    check("a device that is not paired sees the form for the code alone", asked, seen)

    code = station("device", "pair", NAME).strip()
    paired = device.post("/pair", "/pair", code=code)
    check("by the code that the station shows it is paired", 'name="pin"' in paired, (code, paired))
    used = Browser(PAGE, From(DEVICE)).post("/pair", "/pair", code=code)
    check("the code is good once", 'name="pin"' not in used, used)
    device.post("/login", "/login", name="Nguyễn Văn Mẫu", pin="135792")
    answer = device.open("/deliveries")
    check("after the PIN it works as at the station", 'name="pin"' not in answer and "/logout" in answer, answer)
    health = json.loads(device.open("/healthz"))
    check("the station is well", health["status"] == "ok", health)
    listed = json.loads(station("device", "list", "--json"))
    check("the station lists the device", [one["name"] for one in listed] == [NAME], listed)

    station("device", "revoke", NAME)
    after = device.open("/deliveries")
    check("once revoked it sees the form for the code alone", 'name="code"' in after and "/logout" not in after, after)
    local = log_in().open("/deliveries")
    check("the page at the station answers as ever", "/logout" in local and healthy(), local)

    SETTINGS.write_text(STATION, encoding="utf-8")
    run("systemctl", "restart", "tramquet")
    check("without [lan] again the page at the station answers", eventually(healthy), journal())
    check("and nothing listens for the network any more", not _open(), journal())


def _network() -> None:
    for name, addresses in (("office", (HERE, DEVICE)), ("elsewhere", (STRANGER,))):
        run("ip", "link", "add", name, "type", "bridge")
        for address in addresses:
            run("ip", "address", "add", f"{address}/24", "dev", name)
        run("ip", "link", "set", name, "up")


def _open() -> bool:
    try:
        socket.create_connection((HERE, PORT), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True
