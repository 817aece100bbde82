"""The page in the office's network: real TLS from the real daemon, asked by devices that are paired and others."""

from __future__ import annotations

import http.server
import re
import signal
import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from flask import Flask, request

from station import context as station_context
from station import settings
from station.access import device_pairing
from station.access.login_limiter import LoginLimiter
from station.health.doctor import Verdict, endpoints
from station.system import lan
from tests.ports import free_port
from tests.station.daemons import Browser, Running, running
from tests.station.opened_station import opened_station
from tests.stations import Command, new_station
from tests.waiting import PATIENCE, eventually
from web import texts
from web.lan_server import THREADS, LanServer
from web.slow_clients import OPEN_AT_ONCE

#: This PC is asked by its loopback address, which needs no permission but must be one of its names; whoever comes from
#: another of its addresses is a stranger to the network of the settings (TEST-NET-2).
LAN = '[lan]\nenabled = true\nport = {port}\nallowed = ["198.51.100.0/24"]\nnames = ["127.0.0.1"]\n'
NAME = "Nguyễn Thị Hoa"


@dataclass
class Office:
    """A station whose page is for the LAN, its technician's PIN, and where its page is."""

    daemon: Running
    command: Command
    pin: str
    port: int

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def device(self) -> Browser:
        """A browser that knows the station's certificate, as whoever compared its fingerprint."""
        browser = Browser(self.address)
        browser.session.verify = str(self.command.data / "lan.pem")
        browser.session.trust_env = False  # else an authority of this PC's settings is believed instead
        return browser

    def code(self, name: str) -> str:
        """A code for a device of that name, drawn by another process than the daemon: this one."""
        with station_context.open_station(settings.load(self.command.settings)) as station:
            return device_pairing.offer_code(station, name, who="thử")

    def paired(self, name: str) -> Browser:
        """Such a browser, paired under that name."""
        browser = self.device()
        code = self.code(name)
        assert browser.send("/pair", code=code).url == f"{self.address}/login"
        return browser


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    port = free_port()
    command = new_station(folder, None, more=LAN.format(port=port))
    command.environment["TRAMQUET_LANGUAGE"] = "en"
    pin = command.run("user", "add", NAME, "--role", "technician").stdout.strip()
    with running(command, folder) as daemon:
        yield Office(daemon, command, pin, port)
        assert daemon.stop(signal.SIGTERM) == 0, "while devices keep their connections open"


def tls(office: Office, context: ssl.SSLContext) -> str | None:
    """The version of TLS that such a client gets."""
    with (
        socket.create_connection(("127.0.0.1", office.port), timeout=PATIENCE) as line,
        context.wrap_socket(line, server_hostname="127.0.0.1") as wrapped,
    ):
        return wrapped.version()


def careless() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


# The line


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_only_tls_of_today_is_spoken(office: Office) -> None:
    for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
        context = careless()
        context.minimum_version = context.maximum_version = version
        assert tls(office, context) == name
    old = careless()
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError):
        tls(office, old)


def test_certificate_is_the_one_whose_fingerprint_the_station_shows(office: Office) -> None:
    assert office.device().open("/pair").status_code == 200
    with pytest.raises(requests.exceptions.SSLError):
        Browser(office.address).open("/pair")
    shown = ssl.get_server_certificate(("127.0.0.1", office.port))
    assert shown in (office.command.data / "lan.pem").read_text()


@pytest.mark.skipif(not lan.addresses(), reason="needs an address beside loopback")
def test_address_that_is_not_allowed_is_dropped_before_the_handshake(office: Office) -> None:
    other = lan.addresses()[0]
    with socket.create_connection((other, office.port), timeout=PATIENCE) as line:
        assert line.recv(1) == b"", "closed at once, without a byte"
    log = office.command.folder / "daemon.log"
    eventually(lambda: f"{other} is not in [lan] allowed" in log.read_text())


def test_clients_that_say_nothing_hold_up_nobody(office: Office) -> None:
    silent = [socket.create_connection(("127.0.0.1", office.port)) for _ in range(40)]
    half = socket.create_connection(("127.0.0.1", office.port))
    half.sendall(b"\x16\x03\x01")  # a handshake that is begun and not gone on with
    assert office.device().open("/pair").status_code == 200
    assert any(map(is_open, silent)), "cheroot waits ten seconds for each of them and then gives it up"
    for line in (*silent, half):
        line.close()


def is_open(line: socket.socket) -> bool:
    """Whether the other end still waits for what this one says."""
    try:
        return line.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True


def test_clients_that_let_their_requests_drip_do_not_close_the_page(office: Office) -> None:
    def dripping() -> ssl.SSLSocket:
        line = socket.create_connection(("127.0.0.1", office.port), timeout=10)
        tls = careless().wrap_socket(line)
        tls.sendall(b"GET /pair HTTP/1.1\r\n")
        return tls

    clients: list[ssl.SSLSocket] = []
    stop = threading.Event()

    def drip() -> None:
        while not stop.wait(1):
            for client in list(clients):
                with suppress(OSError):
                    client.sendall(b"X-More: x\r\n")

    dripper = threading.Thread(target=drip)
    dripper.start()
    try:
        for _ in range(THREADS):
            clients.append(dripping())
        for _ in range(3):
            browser = office.device()
            assert browser.session.get(f"{office.address}/pair", timeout=PATIENCE).status_code == 200
    finally:
        stop.set()
        dripper.join()
        for client in clients:
            client.close()


def test_request_that_drips_has_half_a_minute_for_its_whole(office: Office) -> None:
    with socket.create_connection(("127.0.0.1", office.port), timeout=10) as line, careless().wrap_socket(line) as tls:
        tls.sendall(b"GET /pair HTTP/1.1\r\n")
        began = time.monotonic()
        tls.settimeout(1)
        answer = None
        while answer is None and time.monotonic() - began < PATIENCE:
            with suppress(TimeoutError):
                answer = tls.recv(100)
                break
            with suppress(OSError):
                tls.sendall(b"X-More: x\r\n")
        assert answer is not None
        assert answer.startswith(b"HTTP/1.1 408") or answer == b""


@contextmanager
def serving(app: Flask, folder: Path) -> Iterator[tuple[str, int, Path]]:
    """An application of the test's own behind the LAN's server: its address, its port, its certificate."""
    port = free_port()
    with opened_station(folder, LAN.format(port=port)) as desk:
        server = LanServer(app, desk.station)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            yield f"https://127.0.0.1:{port}", port, desk.data / "lan.pem"
        finally:
            server.close()
            thread.join()


def ask(address: str, certificate: Path, **headers: str) -> requests.Response:
    """A request by a browser that knows the certificate."""
    session = requests.Session()
    session.trust_env = False
    return session.get(address, headers=headers, verify=str(certificate), timeout=PATIENCE)


def test_clients_that_take_their_answers_slowly_do_not_close_the_page(tmp_path: Path) -> None:
    app = Flask("large")
    app.add_url_rule("/large", "large", lambda: bytes(64 * 1024**2))
    app.add_url_rule("/small", "small", lambda: "here")
    with serving(app, tmp_path) as (address, port, certificate):
        clients: list[ssl.SSLSocket] = []
        stop = threading.Event()

        def sip() -> None:
            while not stop.wait(1):
                for client in list(clients):
                    with suppress(OSError):
                        client.recv(16384)

        sipper = threading.Thread(target=sip)
        sipper.start()
        try:
            for _ in range(THREADS):
                line = socket.create_connection(("127.0.0.1", port), timeout=10)
                client = careless().wrap_socket(line)
                client.sendall(b"GET /large HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                clients.append(client)
            assert [ask(f"{address}/small", certificate).text for _ in range(3)] == ["here"] * 3
        finally:
            stop.set()
            sipper.join()
            for client in clients:
                client.close()


def test_address_that_opens_connections_without_end_has_so_many(tmp_path: Path) -> None:
    app = Flask("small")
    app.add_url_rule("/", view_func=lambda: "here")
    with serving(app, tmp_path) as (address, port, certificate), ExitStack() as lines:
        idle = [lines.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(OPEN_AT_ONCE + 20)]
        eventually(lambda: not any(map(is_open, idle[OPEN_AT_ONCE:])))
        assert any(map(is_open, idle[:OPEN_AT_ONCE])), "an idle connection of before is closed after ten seconds"
        for line in idle[: OPEN_AT_ONCE // 2]:
            line.close()
        eventually(lambda: _answers(address, certificate))


def _answers(address: str, certificate: Path) -> bool:
    with suppress(requests.ConnectionError):
        return ask(address, certificate).text == "here"
    return False


def test_requests_that_break_off_make_few_lines_in_the_journal(office: Office) -> None:
    log = office.command.folder / "daemon.log"
    before = log.read_text().count("\n")
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", office.port), timeout=10) as line:
            tls = careless().wrap_socket(line)
            tls.sendall(b"POST /pair HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\ncode=")
            # Gone with a reset, as when a tablet leaves the network.
            tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            tls.close()
    assert office.device().open("/pair").status_code == 200
    assert log.read_text().count("\n") - before <= 20


def test_plain_request_is_led_to_tls(office: Office) -> None:
    answer = requests.get(f"http://127.0.0.1:{office.port}/ledger/x", allow_redirects=False, timeout=PATIENCE)
    assert (answer.status_code, answer.headers["Location"], answer.content) == (307, f"{office.address}/", b"")


# Who is not paired


@pytest.mark.parametrize(
    "path", ["/", "/login", "/people", "/news", "/deliveries", "/healthz", "/metrics", "/image/1/small", "/none"]
)
def test_device_that_is_not_paired_sees_nothing_but_the_form_for_the_code(office: Office, path: str) -> None:
    for cookie in ({}, {"__Host-tramquet-device": "guessed"}):
        answer = office.device().session.get(office.address + path, cookies=cookie, timeout=PATIENCE)
        assert answer.url == f"{office.address}/pair"
        assert 'name="code"' in answer.text
        assert NAME not in answer.text


def test_person_cannot_log_in_from_a_device_that_is_not_paired(office: Office) -> None:
    browser = office.device()
    answer = browser.send("/login", origin="/pair", name=NAME, pin=office.pin)
    assert answer.url == f"{office.address}/pair"


def test_five_wrong_codes_end_the_right_one_for_every_device(office: Office) -> None:
    code = office.code("Máy bị dò")
    wrong = f"{(int(code) + 1) % 10**8:08d}"
    for _ in range(device_pairing.TRIES):
        answer = office.device().send("/pair", code=wrong)
        assert "Mã này không đúng" in answer.text
    assert "Mã này không đúng" in office.device().send("/pair", code=code).text


@pytest.mark.parametrize("told", [{"Origin": "https://evil.example"}, {"Referer": "https://evil.example/"}])
def test_form_of_another_page_pairs_nobody(office: Office, told: dict[str, str]) -> None:
    browser = office.device()
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.open("/pair").text)
    assert token
    answer = browser.session.post(
        f"{office.address}/pair",
        data={"csrf_token": token[1], "code": "1"},
        headers={"Referer": f"{office.address}/pair", **told},
    )
    assert answer.status_code == 400


# Who is


def test_paired_device_still_asks_for_the_pin_and_then_is_like_the_station(office: Office) -> None:
    browser = office.paired("Máy bàn")
    assert browser.open("/").url.startswith(f"{office.address}/login")
    browser.log_in(NAME, office.pin)
    assert browser.open("/deliveries").status_code == 200
    assert browser.open("/devices").status_code == 404, "devices are paired and revoked at the station only"
    assert browser.open("/healthz").json()["status"] == "ok"


def test_cookies_are_for_this_host_by_tls_alone(office: Office) -> None:
    browser = office.device()
    (paired,) = browser.send("/pair", code=office.code("Máy có cookie")).history
    (let_in,) = browser.send("/login", origin="/login", name=NAME, pin=office.pin).history
    told = [one for answer in (paired, let_in) for one in answer.raw.headers.getlist("Set-Cookie")]
    told = [one for one in told if not one.startswith("remember_token=;")]  # Flask-Login takes back what nobody has
    assert {one.partition("=")[0] for one in told} == {"__Host-tramquet-device", "__Host-tramquet"}
    for one in told:
        assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(one.split("; ")), one
        assert "Domain" not in one


def test_revoked_device_is_out_at_its_next_request(office: Office) -> None:
    browser = office.paired("Máy bị gỡ")
    browser.log_in(NAME, office.pin)
    office.command.run("device", "revoke", "Máy bị gỡ")  # beside the running daemon
    asked = browser.open("/")
    assert asked.url == f"{office.address}/pair"
    assert NAME not in asked.text
    browser.send("/pair", origin="/pair", code=office.code("Máy được ghép lại"))
    assert browser.open("/").url.startswith(f"{office.address}/login"), "the login ended with the pairing"


def test_page_is_not_answered_for_by_another_name(office: Office) -> None:
    """A page of elsewhere whose name was pointed at the station (DNS rebinding)."""
    browser = office.device()
    own = socket.gethostname().lower()
    begin_like_ours = (
        f"{own}.evil.example",
        f"{own}.local.evil.example",
        "127.0.0.1.evil.example",
        f"{own}evil.example",
    )
    for host in ("evil.example", f"localhost:{office.port}", f"192.0.2.77:{office.port}", *begin_like_ours):
        assert (
            browser.session.get(f"{office.address}/pair", headers={"Host": host}, timeout=PATIENCE).status_code == 421
        )


def test_what_a_request_says_of_a_proxy_never_comes_to_the_page(tmp_path: Path) -> None:
    echo = Flask("echo")
    echo.add_url_rule("/", view_func=lambda: {**request.headers, "from": request.remote_addr, "root": request.host_url})
    said = {"X-Forwarded-For": "10.0.0.9", "X-Forwarded-Host": "evil.example", "Forwarded": "for=10.0.0.9"}
    said |= {"X_Forwarded_Proto": "http", "X-Forwarded-Proto": "http"}
    with serving(echo, tmp_path) as (address, _port, certificate):
        told = ask(f"{address}/", certificate, **said).json()
    assert [name for name in told if "forwarded" in name.lower()] == []
    assert (told["from"], told["root"]) == ("127.0.0.1", f"{address}/")


# At the station


def test_technician_pairs_and_revokes_on_the_stations_own_page(office: Office) -> None:
    station = Browser(office.daemon.address)
    station.log_in(NAME, office.pin)
    shown = station.send("/devices", origin="/devices", name="Máy phòng một cửa").text
    code = re.search(r'class="new-secret-digits">([\d ]+)<', shown)
    assert code
    fingerprint = office.command.run("device", "fingerprint").stdout.strip()
    assert re.sub(r"<br>", ":", shown).count(fingerprint) == 1
    device = office.device()
    assert device.send("/pair", code=code[1]).url == f"{office.address}/login"
    assert "Máy phòng một cửa" in station.open("/devices").text
    assert texts.table()["help-devices"]["vi"] in station.open("/devices").text
    assert code[1] not in station.open("/devices").text
    station.send("/devices/revoke", origin="/devices", name="Máy phòng một cửa")
    assert device.open("/").url == f"{office.address}/pair"


def test_guesses_at_a_pin_count_wherever_they_come_from(office: Office) -> None:
    pin = office.command.run("user", "add", "Bình", "--role", "operator").stdout.strip()
    device = office.paired("Máy dò PIN")
    for _ in range(LoginLimiter.FREE_TRIES):
        device.send("/login", origin="/login", name="Bình", pin="000001")
    station = Browser(office.daemon.address)
    assert "quá nhiều lần" in station.send("/login", origin="/login", name="Bình", pin=pin).text


def doctors(command: Command) -> tuple[Verdict, str]:
    """What doctor's line says of the LAN."""
    with station_context.open_station(settings.load(command.settings)) as station:
        ((_, verdict, said),) = endpoints.lan(station)
    return verdict, said.sentence("en")


def test_doctor_tells_how_devices_come_to_the_page(office: Office) -> None:
    verdict, said = doctors(office.command)
    assert verdict == Verdict.OK
    assert office.address in said


def test_port_of_another_program_is_refused_in_words_and_told_by_doctor(tmp_path: Path) -> None:
    with http.server.HTTPServer(("0.0.0.0", 0), http.server.SimpleHTTPRequestHandler) as other:
        port = other.server_port
        command = new_station(tmp_path, None, more=f"[web]\nport = {free_port()}\n{LAN.format(port=port)}")
        assert f"0.0.0.0:{port}" in command.refused("run")
        thread = threading.Thread(target=other.serve_forever)
        thread.start()
        assert doctors(command)[0] == Verdict.FAILURE
        other.shutdown()
        thread.join()
    verdict, said = doctors(command)
    assert verdict == Verdict.WARNING
    assert "systemctl start" in said
