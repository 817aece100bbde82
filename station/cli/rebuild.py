"""``tramquet rebuild``: a catalogue from the scans, where it was lost and there is no backup."""

from __future__ import annotations

import click

from station.cli.edge import language, person, tramquet
from station.messages import Message


@tramquet.command()
@click.option("--technician", required=True, metavar="NAME", help="Who may log in first; the PIN is printed.")
@click.pass_context
def rebuild(ctx: click.Context, technician: str) -> None:
    """Make a catalogue from scans and packages, where it was lost and there is no backup; nothing is moved."""
    from station import context, settings
    from station.catalogue import station_key
    from station.scanning import orphan_recovery
    from station.upkeep import rebuild as upkeep_rebuild

    config, data = ctx.find_root().obj
    who, chosen = person(), settings.load(config, data=data)
    upkeep_rebuild.check(chosen)
    key = station_key.made(chosen.station.key_file, chosen.station.data)
    context.become_owner(chosen.station.data)
    made = upkeep_rebuild.rebuild(chosen, key, technician=technician, who=who)
    with context.open_station(chosen, key=key, anew=True) as station:
        adopted = orphan_recovery.adopt(station, who=who)
    for said in made.told:
        click.echo(said.sentence(language()), err=True)
    click.echo(Message("setup-pin", {"name": technician, "pin": made.pin}).sentence(language()))
    click.echo(Message("rebuild-done", {"ledgers": made.ledgers, "images": len(adopted)}).sentence(language()))
