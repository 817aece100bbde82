"""A certificate authority of a province, made with openssl."""

from __future__ import annotations

import subprocess
from pathlib import Path


class Authority:
    """Signs server certificates for 127.0.0.1, and for a name."""

    def __init__(self, folder: Path, name: str = "Tỉnh Mẫu") -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self.certificate, self._key = folder / "ca.pem", folder / "ca.key"
        self._openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-utf8",
            "-subj", f"/CN={name}", "-days", "30", "-keyout", self._key, "-out", self.certificate,
            "-addext", "keyUsage=critical,keyCertSign",
        )  # fmt: skip

    def server(self, *, days: int = 30) -> tuple[Path, Path]:
        """Certificate and key of a server; with negative ``days`` the certificate is over."""
        request, key, certificate = (self._folder / name for name in ("server.csr", "server.key", "server.pem"))
        self._openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=127.0.0.1",
            "-addext", "subjectAltName=IP:127.0.0.1,DNS:tiepnhan.example", "-keyout", key, "-out", request,
        )  # fmt: skip
        self._openssl(
            "x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial",
            "-copy_extensions", "copy", "-days", days, "-out", certificate,
        )  # fmt: skip
        return certificate, key

    def _openssl(self, *words: object) -> None:
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, cwd=self._folder)
