"""``tramquet verify``: disk, catalogue, manifests and log compared, and mended where asked."""

from __future__ import annotations

import click

from station.cli.command import language, person, tramquet


@tramquet.command()
@click.option("--repair", is_flag=True, help="Take in what interrupted sessions left, and images that have no row.")
@click.option("--accept-log-end", is_flag=True, help="Note in the log that you know why its last lines were lost.")
@click.pass_context
def verify(ctx: click.Context, repair: bool, accept_log_end: bool) -> None:
    """Disk against catalogue against manifests against the log; exit 1 on any difference. Only reads.

    With --repair, what can be mended without a person is mended first and told; exit 1 on what is left.
    """
    from station import context, settings
    from station.upkeep import verify as upkeep_verify

    config, data = ctx.find_root().obj
    station_settings, who = settings.load(config, data=data), person()
    with (
        context.open_station(station_settings)
        if repair or accept_log_end
        else context.open_read_only(station_settings) as station
    ):
        if accept_log_end:
            from station.catalogue import log_sealing

            log_sealing.accept_end(station.catalogue, who=who)
        for message in upkeep_verify.repair(station, who=who) if repair else ():
            click.echo(message.sentence(language()))
        differences = upkeep_verify.verify(station)
    for difference in differences:
        click.echo(difference.sentence(language()), err=True)
    if differences:
        ctx.exit(1)
