"""``tramquet run``: the daemon with its page."""

from __future__ import annotations

import click

from station import journal
from station.cli.edge import tramquet, with_station
from station.daemon import Daemon
from station.opening import Station


@tramquet.command()
@click.pass_context
@with_station
def run(station: Station, ctx: click.Context) -> None:
    """Run the station: the web page, scanning from it, deriving and delivering, until stopped."""
    # The page knows the station; only this command knows the page.
    from web.app import create_app
    from web.serving import Server

    journal.set_up()
    settings = station.settings.web
    daemon = Daemon(station)
    server = Server(create_app(daemon), settings)
    click.echo(f"http://{settings.host}:{settings.port}/", err=True)
    if not daemon.run(server.run, server.close):
        ctx.exit(1)
