from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

import web
from station.access import users
from station.domain.roles import Role
from station.errors import StorageFailed
from tests.station.opened_station import OpenedStation
from tests.web.browsing import NAME, PIN, Browser, every_form
from web import return_address
from web.security import secret_key

HOSTILE = [
    "..%2f..%2f..%2fetc%2fpasswd",
    "../../station.toml",
    "%00",
    "<script>alert(1)</script>",
    "'; DROP TABLE user; --",
    "%F0%9F%92%A9",
    "x" * 5000,
    "-1",
    "{{7*7}}",
]
STRICT = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
TEMPLATES = sorted((Path(web.__file__).parent / "templates").glob("*.html"))


def insist_on_headers(answer: TestResponse) -> None:
    for name, value in STRICT.items():
        assert answer.headers[name] == value
    rules = dict(rule.strip().split(" ", 1) for rule in answer.headers["Content-Security-Policy"].split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["form-action"] == "'self'"
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


def token(browser: Browser) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.html)
    assert found
    return found[1]


def paths(app: Flask, word: str) -> Iterator[str]:
    """Every view's address with ``word`` wherever it takes one."""
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()):
            yield re.sub(r"<(?!int:)[^>]+>", lambda _: word, re.sub(r"<int:\w+>", "1", rule.rule))


# Who is asked


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8158", "localhost.evil.example", "127.0.0.1.evil.example", "0.0.0.0", "[::2]"],
)
def test_page_asked_for_by_another_name_is_refused(page: Browser, host: str) -> None:
    for path in ("/", "/login", "/healthz", "/metrics", "/static/station.js", "/nothing"):
        answer = page.client.get(path, headers={"Host": host})
        assert answer.status_code == 421, path
        assert answer.get_data() == b"421"


@pytest.mark.parametrize("host", ["localhost", "localhost:8158", "127.0.0.1:8158", "[::1]:8158", "LOCALHOST"])
def test_page_asked_for_by_its_own_names_answers(stranger: Browser, host: str) -> None:
    assert stranger.client.get("/login", headers={"Host": host}).status_code == 200


def test_metrics_are_for_this_pc(stranger: Browser) -> None:
    assert stranger.client.get("/metrics").status_code == 200
    assert stranger.client.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 404


# Forms


def test_no_form_is_taken_without_its_token(page: Browser, app: Flask) -> None:
    page.open("/")
    for path in every_form(app):
        for wrong in ({}, {"csrf_token": "guessed"}, {"csrf_token": token(page)[:-2]}):
            answer = page.client.post(path, data=wrong)
            assert answer.status_code == 400, path
            assert "chưa có gì thay đổi" in answer.get_data(as_text=True)


def test_token_of_another_browser_is_refused(page: Browser, app: Flask, desk: OpenedStation) -> None:
    other = Browser(app.test_client(), desk)
    other.open("/login")
    assert page.client.post("/deliveries/pause", data={"csrf_token": token(other)}).status_code == 400


@pytest.mark.parametrize(
    "told",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost:9000"},  # another program's page on this PC, the same site for SameSite
        {"Origin": "https://localhost"},
        {"Origin": "null"},
        {"Referer": "http://evil.example/"},
        {"Referer": "http://localhost.evil.example/"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_form_from_another_page_is_refused_even_with_the_token(page: Browser, told: dict[str, str]) -> None:
    page.open("/deliveries")
    answer = page.client.post("/deliveries/pause", data={"csrf_token": token(page)}, headers=told)
    assert answer.status_code == 400
    page.open("/deliveries")
    assert "Tạm dừng gửi" in page.words


def test_form_from_our_own_page_is_taken(page: Browser) -> None:
    page.open("/deliveries")
    own = {"Origin": "http://localhost", "Referer": "http://localhost/deliveries", "Sec-Fetch-Site": "same-origin"}
    answer = page.client.post("/deliveries/pause", data={"csrf_token": token(page)}, headers=own)
    assert answer.headers["Location"] == "/deliveries"


def test_form_that_outlived_its_login_changes_nothing_and_says_so(page: Browser) -> None:
    page.open("/deliveries")
    old = token(page)
    page.send("/logout")
    answer = page.client.post("/deliveries/pause", data={"csrf_token": old})
    assert answer.status_code == 400
    assert "phiên đăng nhập đã hết" in answer.get_data(as_text=True)


def test_form_of_more_than_8_mb_is_refused_in_words(page: Browser) -> None:
    page.open("/")
    big = {"csrf_token": token(page), "file": (io.BytesIO(bytes(9 * 1024**2)), "big.bin")}
    answer = page.client.post("/ledgers", data=big)
    assert answer.status_code == 413
    assert "8 MB" in answer.get_data(as_text=True)
    insist_on_headers(answer)


# Where a form leads back to


@pytest.mark.parametrize(
    ("came_from", "leads_to"),
    [
        ("http://localhost/deliveries?page=2&only=open", "/deliveries?page=2&only=open"),
        ("http://localhost/people", "/people"),
        ("http://localhost//evil.example/", "/"),
        ("http://localhost/\\evil.example", "/"),
        ("http://localhost/deliveries/pause", "/"),  # takes forms only
        ("http://localhost/nothing/here", "/"),
        ("http://evil.example/deliveries", "/"),
        ("http://localhost@evil.example/deliveries", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_way_back_is_one_of_our_own_views(app: Flask, came_from: str, leads_to: str) -> None:
    with app.test_request_context("/language/en", method="POST", headers={"Referer": came_from}):
        assert return_address.way_back("/") == leads_to


def test_no_view_redirects_by_itself_to_what_a_request_says() -> None:
    code = [file for file in Path(web.__file__).parent.glob("*.py") if file.name != "return_address.py"]
    assert [file.name for file in code if re.search(r"redirect\(request\.|request\.referrer\)", file.read_text())] == []


def test_address_to_go_on_to_after_the_login_is_not_obeyed(stranger: Browser) -> None:
    stranger.open("/login?next=http://evil.example/")
    answer = stranger.send_only("/login?next=http://evil.example/", name=NAME, pin=PIN)
    assert answer.headers["Location"] == "/"


def test_refusal_comes_back_to_the_form_in_words(page: Browser) -> None:
    page.open("/people")
    page.send("/people", name=NAME, role="operator")
    assert page.address == "/people"
    assert f"Đã có người tên {NAME}" in page.words


def test_refusal_that_quotes_a_long_text_still_arrives(page: Browser) -> None:
    page.open("/people")
    page.send("/people", name="ệ\u202e" * 20000, role="operator")
    assert "không phải là tên hợp lệ" in page.words


def test_refusal_of_a_view_is_told_on_a_page_and_leads_nowhere(page: Browser) -> None:
    page.open("/ledger/19429/KH.1900.99/scan", status=409)
    assert "Chưa thực hiện được" in page.words


# What an answer carries


def test_every_answer_is_strict(page: Browser, stranger: Browser, app: Flask) -> None:
    for browser in (page, stranger):
        for path in [*paths(app, "x"), "/nothing", "/static/nothing.js", "/people/pin"]:
            insist_on_headers(browser.client.get(path))
    insist_on_headers(page.client.get("/", headers={"Host": "evil.example"}))
    insist_on_headers(page.client.post("/ledgers"))
    insist_on_headers(page.client.delete("/"))


def test_no_answer_about_registers_stays_in_the_browser(page: Browser, desk: OpenedStation, app: Flask) -> None:
    desk.lay(desk.ledger(), 1)
    for path in [*paths(app, "x"), "/image/1/small"]:
        if "/static/" not in path:
            assert page.client.get(path).headers["Cache-Control"] == "no-store", path


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda file: file.name)
def test_template_has_nothing_inline(template: Path) -> None:
    text = re.sub(r"{[{%].*?[}%]}", "", template.read_text(), flags=re.DOTALL)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"<style|\sstyle=|javascript:", text, re.IGNORECASE)
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", text)
    assert not re.search(r"\|\s*safe\b|autoescape", template.read_text())
    assert not re.search(r"(src|href)=\"(https?:)?//", text)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda file: file.name)
def test_every_form_of_a_template_has_its_token(template: Path) -> None:
    forms = re.findall(r"<form\b.*?</form>", template.read_text(), re.DOTALL)
    posting = [form for form in forms if 'method="post"' in form]
    assert [form for form in posting if "csrf_token()" not in form] == []


# Hostile words


@pytest.mark.parametrize("word", HOSTILE)
def test_hostile_address_is_answered_calmly(page: Browser, app: Flask, word: str) -> None:
    for path in paths(app, word):
        answer = page.client.get(path)
        assert answer.status_code in (200, 302, 308, 400, 404, 409), path
        body = answer.get_data(as_text=True)
        assert "<script>alert" not in body
        assert "root:x:" not in body
        assert "[station]" not in body


@pytest.mark.parametrize(
    "query", ["?page=-1", "?page=99999999999999999999", "?page=x&only=<b>", "?find=<script>", "?turn=7"]
)
def test_hostile_query_is_answered_calmly(page: Browser, app: Flask, query: str) -> None:
    for path in ("/", "/deliveries", "/deliveries/board", "/image/1/small", "/news", "/login"):
        if path == "/news":
            query = f"{query}&since=-1"
        answer = page.client.get(path + query)
        assert answer.status_code in (200, 400, 404), path
        assert "<script>" not in answer.get_data(as_text=True).replace("<script src=", "")


def test_hostile_names_are_shown_as_what_they_are(page: Browser, desk: OpenedStation) -> None:
    name = '"><img src=x onerror=alert(1)>'
    users.add(desk.station, name, Role.OPERATOR, who="thử", pin=PIN)
    page.open("/people")
    assert "<img src=x" not in page.html
    assert name in page.words.replace("&#34;", '"') or "onerror=alert(1)" in page.html
    page.send("/logout")
    page.open("/login")
    assert "<img src=x" not in page.html
    page.send("/login", name=name, pin=PIN)
    assert page.address == "/"
    assert "<img src=x" not in page.html


def test_static_files_do_not_lead_out_of_their_folder(page: Browser) -> None:
    for path in (
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/bootstrap/static/..%2f__init__.py",
    ):
        assert page.client.get(path).status_code == 404


# The key that signs logins


def test_key_is_kept_and_for_the_owner_only(desk: OpenedStation) -> None:
    key = secret_key(desk.data)
    assert len(key) == 32
    assert secret_key(desk.data) == key
    assert (desk.data / "web-secret").stat().st_mode & 0o777 == 0o600


def test_two_stations_have_two_keys(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    assert secret_key(tmp_path / "a") != secret_key(tmp_path / "b")


@pytest.mark.parametrize("harm", ["short", "open"])
def test_key_that_others_may_know_is_refused(desk: OpenedStation, harm: str) -> None:
    secret_key(desk.data)
    file = desk.data / "web-secret"
    if harm == "short":
        file.write_bytes(b"")
    else:
        file.chmod(0o644)
    with pytest.raises(StorageFailed, match="Remove this file"):
        secret_key(desk.data)


# Trouble


def test_catalogue_that_cannot_be_read_is_told_in_words_on_every_view(page: Browser, desk: OpenedStation) -> None:
    page.open("/")
    desk.station.catalogue.close()
    catalogue = desk.station.catalogue.path
    # Written beside it first: a file system may give the number of a file that is gone to the next one.
    other = catalogue.with_name("other")
    other.write_bytes(b"no catalogue at all" * 1000)
    for name in (f"{catalogue.name}-wal", f"{catalogue.name}-shm"):
        catalogue.with_name(name).unlink(missing_ok=True)
    other.replace(catalogue)
    answer = page.client.get("/")
    assert answer.status_code == 409
    assert "catalogue-gone" in answer.get_data(as_text=True)
    insist_on_headers(answer)
    assert page.client.get("/healthz").status_code == 503


def test_mistake_of_ours_is_told_in_words(app: Flask, desk: OpenedStation, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Browser(app.test_client(), desk)
    monkeypatch.setattr(users, "all_users", lambda station: 1 / 0)
    browser.open("/login", status=500)
    assert "Chương trình gặp lỗi" in browser.words
    assert "ZeroDivision" not in browser.html


@pytest.mark.skipif(os.geteuid() != 0, reason="giving a file away needs root")
def test_key_of_another_user_is_refused(desk: OpenedStation) -> None:
    """Whoever owns the file can read it again at any time."""
    secret_key(desk.data)
    os.chown(desk.data / "web-secret", 12345, 12345)
    with pytest.raises(StorageFailed, match="Remove this file"):
        secret_key(desk.data)
