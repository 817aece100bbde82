"""``tramquet rebuild``: a catalogue from the scans, where it was lost and there is no backup."""

from __future__ import annotations

import click

from station.cli.command import language, person, tramquet
from station.messages import Message


@tramquet.command()
@click.option("--technician", required=True, metavar="NAME", help="Who may log in first; the PIN is printed.")
@click.pass_context
def rebuild(ctx: click.Context, technician: str) -> None:
    """Make a catalogue from scans and packages, where it was lost and there is no backup; nothing is moved."""
    from station import context, settings
    from station.catalogue import station_key
    from station.ledger import hand_over_markers
    from station.scanning import orphan_recovery
    from station.upkeep import rebuild as upkeep_rebuild

    config, data = ctx.find_root().obj
    who, station_settings = person(), settings.load(config, data=data)
    upkeep_rebuild.check(station_settings)
    key = station_key.read_or_make(station_settings.station.key_file, station_settings.station.data)
    context.become_owner(station_settings.station.data)
    result = upkeep_rebuild.rebuild(station_settings, key, technician=technician, who=who)
    with context.open_station(station_settings, key=key, anew=True) as station:
        capture_ids = orphan_recovery.adopt(station, who=who)
        elsewhere = hand_over_markers.apply(station, who=who)
    for message in result.messages + elsewhere:
        click.echo(message.sentence(language()), err=True)
    click.echo(Message("setup-pin", {"name": technician, "pin": result.pin}).sentence(language()))
    click.echo(Message("rebuild-done", {"ledgers": result.ledgers, "images": len(capture_ids)}).sentence(language()))
