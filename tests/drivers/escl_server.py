"""A network scanner that speaks eSCL, for the tests: ``python escl_server.py`` prints its port and serves drawn pages.

It knows what sane-airscan asks of a scanner (capabilities, status, jobs, documents) and the ways real ones fail: a
feeder that says empty too soon, a page in another resolution than asked, a jam, a connection that dies in mid-page.
"""

from __future__ import annotations

import argparse
import io
import threading
import xml.etree.ElementTree as ET
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from PIL import Image, ImageDraw

PWG = "http://www.pwg.org/schemas/2010/12/sm"
SCAN = "http://schemas.hp.com/imaging/escl/2011/05/03"
PER_INCH = 300  # eSCL's regions are in 1/300 inch
A4 = (2480, 3508)

SOURCE = f"""
<scan:MinWidth>16</scan:MinWidth><scan:MaxWidth>{A4[0] + 70}</scan:MaxWidth>
<scan:MinHeight>16</scan:MinHeight><scan:MaxHeight>{A4[1] + 70}</scan:MaxHeight>
<scan:SettingProfiles><scan:SettingProfile>
<scan:ColorModes><scan:ColorMode>Grayscale8</scan:ColorMode><scan:ColorMode>RGB24</scan:ColorMode></scan:ColorModes>
<scan:DocumentFormats><pwg:DocumentFormat>image/jpeg</pwg:DocumentFormat></scan:DocumentFormats>
<scan:SupportedResolutions><scan:DiscreteResolutions>{{resolutions}}</scan:DiscreteResolutions></scan:SupportedResolutions>
</scan:SettingProfile></scan:SettingProfiles>
"""
RESOLUTION = (
    "<scan:DiscreteResolution><scan:XResolution>{0}</scan:XResolution><scan:YResolution>{0}</scan:YResolution>"
    "</scan:DiscreteResolution>"
)
INPUT = SOURCE.format(resolutions="".join(RESOLUTION.format(dpi) for dpi in (75, 150, 300)))
CAPABILITIES = f"""<?xml version="1.0" encoding="UTF-8"?>
<scan:ScannerCapabilities xmlns:pwg="{PWG}" xmlns:scan="{SCAN}">
<pwg:Version>2.6</pwg:Version><pwg:MakeAndModel>Example Upstairs 1</pwg:MakeAndModel>
<scan:Platen><scan:PlatenInputCaps>{INPUT}</scan:PlatenInputCaps></scan:Platen>
<scan:Adf><scan:AdfSimplexInputCaps>{INPUT}</scan:AdfSimplexInputCaps>
<scan:AdfDuplexInputCaps>{INPUT}</scan:AdfDuplexInputCaps></scan:Adf>
</scan:ScannerCapabilities>
"""
STATUS = f"""<?xml version="1.0" encoding="UTF-8"?>
<scan:ScannerStatus xmlns:pwg="{PWG}" xmlns:scan="{SCAN}">
<pwg:Version>2.6</pwg:Version><pwg:State>Idle</pwg:State><scan:AdfState>{{adf}}</scan:AdfState>
</scan:ScannerStatus>
"""


class Job:
    """What one ScanJobs request asks for."""

    def __init__(self, settings: bytes) -> None:
        values = {element.tag.rpartition("}")[2]: element.text or "" for element in ET.fromstring(settings).iter()}
        self.feeder = values["InputSource"] == "Feeder"
        self.duplex = values.get("Duplex") == "true"
        self.mode = "RGB" if values["ColorMode"] == "RGB24" else "L"
        self.dpi = int(values["XResolution"])
        self.region = (int(values["Width"]), int(values["Height"]))
        self.given = 0


class Scanner(ThreadingHTTPServer):
    """The state of the scanner: what lies in its feeder, and how it misbehaves."""

    daemon_threads = True

    def __init__(self, arguments: argparse.Namespace) -> None:
        super().__init__(("127.0.0.1", arguments.port), Handler)
        self.sheets: int = arguments.sheets
        self.jam_at: int = arguments.jam_at
        self.stick_at: int = arguments.stick_at
        self.gives_dpi: int | None = arguments.gives_dpi
        self.jobs: dict[str, Job] = {}
        self.fed = 0
        self.jammed = False
        self.drawing = threading.Lock()

    def document(self, job: Job) -> bytes | None:
        """The next page of a job as JPEG; None when there is none, or the feeder is jammed."""
        with self.drawing:
            if not job.feeder:
                number = None if job.given else 1
            else:
                self.jammed = self.jammed or self.fed + 1 == self.jam_at
                number = None if self.jammed or self.fed >= self.sheets else self.fed + 1
                self.fed += number is not None
            if number is None:
                return None
            job.given += 1
            dpi = self.gives_dpi or job.dpi
            size = (job.region[0] * dpi // PER_INCH, job.region[1] * dpi // PER_INCH)
            page = Image.new("L", size, 230)
            ImageDraw.Draw(page).text((size[0] // 8, size[1] // 8), f"page {number}", fill=20, font_size=size[1] // 12)
            out = io.BytesIO()
            page.convert(job.mode).save(out, "JPEG", dpi=(dpi, dpi))
            return out.getvalue()


class Handler(BaseHTTPRequestHandler):
    """eSCL over HTTP/1.1."""

    protocol_version = "HTTP/1.1"
    server: Scanner

    def do_GET(self) -> None:
        path = self.path.rstrip("/")
        if path == "/eSCL/ScannerCapabilities":
            self.answer(200, CAPABILITIES.encode(), "text/xml")
        elif path == "/eSCL/ScannerStatus":
            empty = self.server.fed >= self.server.sheets
            adf = "ScannerAdfJam" if self.server.jammed else "ScannerAdfEmpty" if empty else "ScannerAdfLoaded"
            self.answer(200, STATUS.format(adf=adf).encode(), "text/xml")
        elif path.endswith("/NextDocument") and (job := self.server.jobs.get(path.split("/")[-2])):
            self.give(self.server.document(job))
        else:
            self.answer(404)

    def do_POST(self) -> None:
        job = Job(self.rfile.read(int(self.headers["Content-Length"])))
        if job.feeder and self.server.fed >= self.server.sheets:
            self.answer(409)
            return
        number = str(len(self.server.jobs) + 1)
        self.server.jobs[number] = job
        self.answer(201, location=f"/eSCL/ScanJobs/{number}")

    def do_DELETE(self) -> None:
        self.server.jobs.pop(self.path.rstrip("/").split("/")[-1], None)
        self.answer(200)

    def give(self, page: bytes | None) -> None:
        if page is None:
            self.answer(404)
        elif self.server.fed and self.server.fed == self.server.stick_at:
            self.send_response(200)
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page[: len(page) // 2])
            print("stuck", flush=True)
            threading.Event().wait()  # until the process is killed
        else:
            self.answer(200, page, "image/jpeg")

    def answer(self, status: int, body: bytes = b"", kind: str = "", location: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if kind:
            self.send_header("Content-Type", kind)
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--sheets", type=int, default=3, help="in the feeder")
    parser.add_argument("--jam-at", type=int, default=0, help="the sheet that jams")
    parser.add_argument("--stick-at", type=int, default=0, help="the sheet of which only half is ever sent")
    parser.add_argument("--gives-dpi", type=int, help="whatever was asked")
    server = Scanner(parser.parse_args())
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
