"""Several nodes of a province, each as one machine is, behind a door as ``systemd/province`` sets it up."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from station.settings.tables import TusDestination
from tests.delivery.authority import Authority
from tests.delivery.backings import Backing
from tests.delivery.province import NGINX, Kind, Province
from tests.ports import free_port

CONFIGURATION = Path(__file__).parents[2] / "systemd" / "province" / "nginx.conf"
#: The nodes as the file names them.
_NODES = ("10.0.0.11", "10.0.0.12")
_AROUND = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; worker_processes 1; {user}
events {{ worker_connections 1024; }}
http {{
  log_format lengths '$request_method $status $request_length'; access_log {folder}/lengths.log lengths;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
{site}
}}
"""


@dataclass
class Nodes:
    """Two nodes over one backing; ``tokens`` are those of the stations."""

    folder: Path
    backing: Backing
    tokens: dict[str, str]

    def __post_init__(self) -> None:
        self.authority = Authority(self.folder / "authority")
        self.each = [
            Province(
                self.folder / node,
                Kind.NGINX,
                station_tokens=self.tokens,
                backing=self.backing,
                certificate=self.authority.server(),
            )
            for node in ("one", "two")
        ]
        self.port = free_port()

    def start(self) -> None:
        for node in self.each:
            node.start()
        folder = self.folder / "door"
        folder.mkdir()
        certificate, key = self.authority.server()
        places = {
            "listen 443": f"listen 127.0.0.1:{self.port}",
            "/etc/ssl/tramquet.pem": certificate,
            "/etc/ssl/private/tramquet.key": key,
            "/etc/ssl/certs/ca-certificates.crt": self.authority.certificate,
            **{f"{address}:443": f"127.0.0.1:{node.front}" for address, node in zip(_NODES, self.each, strict=True)},
        }
        site = CONFIGURATION.read_text(encoding="utf-8")
        for before, after in places.items():
            assert before in site, before
            site = site.replace(before, str(after))
        user = "user root;" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(_AROUND.format(folder=folder, user=user, site=site), encoding="utf-8")
        words = ("-c", str(folder / "nginx.conf"), "-e", str(folder / "nginx.log"))
        self.each[0].start_program("door", self.port, str(NGINX), *words)

    def stop(self) -> None:
        for node in self.each:
            node.stop()

    def destination(self, station: str) -> TusDestination:
        """What the settings of that station say."""
        token = self.folder / f"token-{station}"
        token.touch(0o600)
        token.write_text(self.tokens[station])
        address = f"https://127.0.0.1:{self.port}"
        table = {"id": "province", "kind": "tus", "url": f"{address}/files", "receipts": f"{address}/receipts"}
        table |= {"token_file": str(token), "ca_file": str(self.authority.certificate)}
        return TusDestination.model_validate(table, context={"folder": self.folder})

    def stored_by(self, node: int) -> int:
        """How many files the receiver of a node has stored, as its log tells."""
        return (self.each[node].folder / "receiver.log").read_text(errors="replace").count("is stored:")
