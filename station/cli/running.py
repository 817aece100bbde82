"""``tramquet run``: the daemon with its page."""

from __future__ import annotations

import logging

import click
from waitress.server import create_server

from station.cli.edge import tramquet, with_station
from station.daemon import Daemon
from station.opening import Station

#: Two people with eight tabs each hold four threads with waiting for news; the rest answers.
THREADS = 32
#: More than the page takes, which says so in words; what is longer still is not even read (bytes).
LONGEST_REQUEST = 16 * 1024**2


@tramquet.command()
@click.pass_context
@with_station
def run(station: Station, ctx: click.Context) -> None:
    """Run the station: the web page, scanning from it, deriving and delivering, until stopped."""
    from web.app import create_app  # the page knows the station; only this command knows the page

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    settings = station.settings.web
    daemon = Daemon(station)
    server = create_server(
        create_app(daemon),
        host=settings.host,
        port=settings.port,
        threads=THREADS,
        max_request_body_size=LONGEST_REQUEST,
        ident="tramquet",
        clear_untrusted_proxy_headers=True,
    )
    click.echo(f"http://{settings.host}:{settings.port}/", err=True)
    if not daemon.run(server.run, server.close):
        ctx.exit(1)
