"""``tramquet run``: the daemon with its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from station.cli.command import tramquet, with_station

if TYPE_CHECKING:
    from station.context import Station


@tramquet.command()
@click.pass_context
@with_station
def run(station: Station, ctx: click.Context) -> None:
    """Run the station: the web page, scanning from it, deriving and delivering, until stopped."""
    from station.access.login_limiter import LoginLimiter
    from station.daemon.supervisor import Daemon, PageServer
    from station.system import journal_log, lan

    # The page knows the station; only this command knows the page.
    from web.app import create_app
    from web.server import Server

    journal_log.set_up()
    settings = station.settings.web
    daemon = Daemon(station)
    login_limiter = LoginLimiter(station)
    pages: list[PageServer] = [Server(create_app(daemon, login_limiter=login_limiter), settings)]
    click.echo(f"http://{settings.host}:{settings.port}/", err=True)
    if station.settings.lan.enabled:
        from web.lan_server import LanServer  # with cheroot and cryptography, which nobody else needs

        pages.append(LanServer(create_app(daemon, login_limiter=login_limiter, lan=True), station))
        for address in lan.pages(station.settings.lan):
            click.echo(address, err=True)
    if not daemon.run(*pages):
        ctx.exit(1)
