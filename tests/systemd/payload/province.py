#!/usr/bin/env python3
"""A province's server, set up by the commands of its manual as they stand; then the same with a database and a bucket.

What the manual has from elsewhere lies beside this file: the wheelhouse, the tus server with its modules, an S3 engine.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import textwrap
from pathlib import Path

from checks import check, end, eventually, run

PAYLOAD, MANUAL = Path("/payload"), Path("/payload/province.md")
NAME, STATION = "tiepnhan.example", "qt-huonghoa-01"
PYTHON = "/opt/tramquet-province/bin/python"
HOME, ETC = Path("/var/lib/tramquet-province"), Path("/etc/tramquet-province")
KEYS, PASSWORD = ("AKTEST", "SKTEST12345"), "mat-khau-thu"
SEND = """
import hashlib, sys
from pathlib import Path
from station.delivery.destinations.contract import DeliveryFile
from station.delivery.destinations.tus import TusSender
from station.settings.tables import TusDestination

class Transfer:
    upload_url = None
    began = reached = staticmethod(lambda told: None)

file = Path(sys.argv[1])
content = file.read_bytes()
table = {"id": "province", "kind": "tus", "url": "https://NAME/files", "receipts": "https://NAME/receipts"}
table |= {"token_file": "/root/token", "ca_file": "/root/authority.pem"}
destination = TusDestination.model_validate(table, context={"folder": Path("/root")})
sha256 = hashlib.sha256(content).hexdigest()
sent = DeliveryFile(file, Path(file.name), sha256, len(content), "19429:KH.2007.01/r1", "STATION")
with TusSender(destination) as sender:
    print(sender.send(sent, Transfer()) if sys.argv[2] == "send" else sender.holds(sent))
""".replace("NAME", NAME).replace("STATION", STATION)


def section(heading: str) -> list[str]:
    """The blocks of commands and of settings under a heading of the manual, in their order."""
    text = MANUAL.read_text(encoding="utf-8")
    part = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    assert part, heading
    blocks = re.findall(r"(?:^    .*\n|^\n(?=    ))+", part, flags=re.MULTILINE)
    return [textwrap.dedent(block).strip("\n") + "\n" for block in blocks]


def block(heading: str, mark: str) -> str:
    """The one block under a heading in which ``mark`` stands."""
    (one,) = [text for text in section(heading) if mark in text]
    return one


def shell(commands: str, *, folder: Path = PAYLOAD) -> str:
    """Give commands of the manual to a shell, as root; gives what they print."""
    done = subprocess.run(["bash", "-ec", commands], cwd=folder, capture_output=True, text=True, check=False)
    check(f"the manual's {commands.strip().splitlines()[0]!r} works", done.returncode == 0, done.stdout + done.stderr)
    if done.returncode != 0:
        end()
    return done.stdout


def certificate() -> None:
    """What an office has from its authority: a name and a certificate for it."""
    with Path("/etc/hosts").open("a") as hosts:
        print(f"127.0.0.1 {NAME} s3.{NAME}", file=hosts)
    subject = (
        "-subj",
        f"/CN={NAME}",
        "-addext",
        f"subjectAltName=DNS:{NAME}",
        "-addext",
        "basicConstraints=critical,CA:TRUE",
    )
    files = ("-keyout", "/etc/ssl/private/tramquet.key", "-out", "/etc/ssl/tramquet.pem")
    Path("/etc/ssl/private").mkdir(exist_ok=True)
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", *subject, *files)
    shutil.copy("/etc/ssl/tramquet.pem", "/root/authority.pem")


def send(content: str, act: str = "send") -> subprocess.CompletedProcess[str]:
    """A station sends a file, or asks whether the province holds it."""
    file = Path("/root") / f"{content}.zip"
    file.write_text(content * 1000)
    words = [PYTHON, "-c", SEND, str(file), act]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def active(name: str) -> bool:
    return run("systemctl", "is-active", name, exit_status=None).stdout.strip() == "active"


def journal(name: str) -> str:
    return run("journalctl", "--no-pager", "--output", "cat", "--unit", name).stdout[-3000:]


def one_machine() -> None:
    """The manual up to the page, line by line."""
    need = "What is needed"
    certificate()
    packages = block(need, "apt install").split()[3:]
    listed = run("dpkg-query", "-W", *packages, exit_status=None)
    missing = [line for line in listed.stderr.splitlines() if " npm" not in line]  # its modules lie beside this file
    check("Debian's packages of the manual are those of this tree", not missing, missing)
    shell(block(need, "venv /opt/tramquet-province").replace("python3.11", "python3.13"))  # as it says above the block
    ETC.mkdir()  # as it says below the block
    tokens = shell(block("A token for each station", "openssl rand"))
    token = Path("/root/token")
    token.touch(0o600)
    token.write_text(tokens.splitlines()[0])
    server = "The tus server and the receiver"
    shutil.copytree(PAYLOAD / "tus", "/opt/tus")
    shell(block(server, "systemd/province/*.service"))
    site = Path("/etc/nginx/sites-available/tramquet")
    site.write_text(block(server, "server {"))
    Path("/etc/nginx/sites-enabled/tramquet").symlink_to(site)
    run("systemctl", "start", "nginx", exit_status=None)
    shell(block(server, "enable --now tramquet-tus"))
    for name in ("tramquet-tus", "tramquet-receive"):
        check(f"{name} runs", eventually(lambda name=name: active(name)), journal(name))
    check("a station's file has its receipt", eventually(lambda: send("one").returncode == 0), send("one").stderr)
    check("and lies in the store", any(file.is_file() for file in (HOME / "store").glob("??/*")))
    page = "The page"
    (ETC / "communes.csv").write_text("Mã xã,Xã,Mã trạm\n19429,Xã Thử Nghiệm,qt-huonghoa-01\n", encoding="utf-8")
    (ETC / "province.toml").write_text(block(page, "[province]").replace("communes.xlsx", "communes.csv"))
    shell(block(page, "enable --now tramquet-province"))
    check("the page runs", eventually(lambda: fetched("http://127.0.0.1:8160/healthz")), journal("tramquet-province"))


def fetched(address: str) -> bool:
    script = f"import urllib.request; urllib.request.urlopen({address!r}, timeout=10)"
    return run("python3", "-c", script, exit_status=None).returncode == 0


def engines() -> None:
    """Receipts into PostgreSQL, files into a bucket: what is on one machine already moves there."""
    more = "More than one machine"
    weed = ["/payload/weed", "server", "-ip=127.0.0.1", "-dir=/srv/weed", "-filer", "-s3", "-s3.port=8333"]
    weed += ["-s3.config=/payload/identities.json", "-volume.max=20", "-master.volumeSizeLimitMB=64"]
    Path("/srv/weed").mkdir(parents=True)
    run("systemd-run", "--unit", "weed", *weed)
    key = ETC / "store-key"
    shell(block(more, "install -m 600").replace("sudoedit", "true"))
    key.write_text("\n".join(KEYS) + "\n")
    made = f"""
import sys
from pathlib import Path
from station.receiver.stores import s3_client
s3_client.client("http://127.0.0.1:8333/tramquet", Path({str(key)!r})).create_bucket(Bucket="tramquet")
"""
    check("there is a bucket", eventually(lambda: run(PYTHON, "-c", made, exit_status=None).returncode == 0))
    run("systemctl", "start", "postgresql", exit_status=None)
    database = block(more, "createdb")
    database = database.replace("sudo apt install postgresql\n", "")
    asked = "sudo -u postgres createuser --pwprompt tramquet"
    assert asked in database
    said = f"CREATE ROLE tramquet LOGIN PASSWORD '{PASSWORD}'"
    shell(database.replace(asked, f'sudo -u postgres psql -qc "{said}"'), folder=Path("/"))
    (configuration,) = Path("/etc/postgresql").glob("*/main")
    with (configuration / "pg_hba.conf").open("a") as rules:
        print("hostssl tramquet tramquet 127.0.0.1/32 scram-sha-256", file=rules)
    run("systemctl", "restart", "postgresql")
    shell(block(more, ".pgpass").replace("10.0.0.10", "127.0.0.1").replace("PASSWORD", PASSWORD))
    service = block(more, "ExecStart=").replace("10.0.0.10", "127.0.0.1")
    service = service.replace("https://s3.tinh.example/tramquet", "http://127.0.0.1:8333/tramquet")
    folder = Path("/etc/systemd/system/tramquet-receive.service.d")
    folder.mkdir()
    (folder / "engines.conf").write_text(f"[Service]\nExecStart=\n{service}")
    run("systemctl", "stop", "tramquet-receive")
    run("systemctl", "daemon-reload")
    run("systemctl", "start", "tramquet-receive")
    check("the receiver runs on engines", eventually(lambda: active("tramquet-receive")), journal("tramquet-receive"))
    new = eventually(lambda: send("two").returncode == 0)
    check("a file has its receipt from there", new, send("two").stderr + journal("tramquet-receive"))
    check("nothing new lies in the folder", len(list((HOME / "store").glob("??/*"))) == 1)
    _move_receipts(block(more, "receipts.csv"))
    held = eventually(lambda: send("one", "holds").stdout.strip() == "True")
    check("a receipt of before is answered from the database", held, journal("tramquet-receive"))
    run("systemctl", "kill", "--signal", "KILL", "tramquet-receive")
    check("killed, the receiver runs again", eventually(lambda: active("tramquet-receive")))
    run("systemctl", "stop", "postgresql")
    check("without its database nothing is receipted", send("three", "holds").returncode != 0)
    run("systemctl", "start", "postgresql")
    back = eventually(lambda: send("three").returncode == 0)
    check("with it again, what was on its way is", back, send("three").stderr + journal("tramquet-receive"))
    settings = ETC / "province.toml"
    places = 'store = "http://127.0.0.1:8333/tramquet"\nstore_key = "store-key"\n'
    places += 'receipts = "postgresql://tramquet@127.0.0.1/tramquet?sslmode=require"\n'
    settings.write_text(settings.read_text().replace('store = "/var/lib/tramquet-province/store"\n', places))
    run("systemctl", "restart", "tramquet-province")
    check(
        "the page reads there",
        eventually(lambda: fetched("http://127.0.0.1:8160/healthz")),
        journal("tramquet-province"),
    )


def _move_receipts(commands: str) -> None:
    """The manual's two lines; the password stands in root's own file here."""
    own = Path("/root/.pgpass")
    shutil.copy(HOME / ".pgpass", own)
    own.chmod(0o600)
    shell(commands.replace("10.0.0.10", "127.0.0.1"), folder=Path("/root"))


# A PC's PID 1 does so at start; here it believes to be in a container.
run("mount", "--make-rshared", "/")
one_machine()
engines()
end()
