"""``tramquet setup``: the first run. Every question has an option, so that it also runs unattended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from station.cli.command import DEFAULT_CONFIG, tramquet
from station.cli.doctor import full_report, show_report
from station.cli.privilege import done_by_the_station
from station.errors import Refused


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """One option for each question."""
    for option in (
        click.option("--station-id", metavar="ID", help="Who this station is: letters, digits, - and _."),
        click.option("--place-code", metavar="CODE", help="The commune's administrative code."),
        click.option("--commune", help="The commune's name, such as Xã Thử Nghiệm."),
        click.option("--district", help="Its district, where it has one."),
        click.option("--province", help="Its province."),
        click.option(
            "--scanner", metavar="DEVICE", help="A SANE name, vendor/model/serial, simulated[:DIR], folder:DIR or none."
        ),
        click.option("--destination", metavar="WHERE", help="A tus server's address, a folder, or none."),
        click.option(
            "--receipts",
            metavar="URL",
            help="Where the receipts are asked (default: beside the tus server).",
        ),
        click.option("--token-file", metavar="FILE", help="The file with the province's token."),
        click.option("--ca-file", metavar="FILE", help="The province's own authority."),
        click.option("--technician", metavar="NAME", help="The first technician, who may log in to the page."),
        click.option("--pin", help="Their PIN (default: one is drawn and shown)."),
        click.option("--language", type=click.Choice(["vi", "en"]), help="The page's (default: vi)."),
        click.option("--port", type=click.IntRange(1, 65535), help="The page's (default: 8158)."),
        click.option(
            "--from",
            "folder",
            metavar="FOLDER",
            type=click.Path(file_okay=False, path_type=Path),
            help="The station's folder as the province prepared it; nothing is asked then.",
        ),
        click.option("--untested", is_flag=True, help="Do not try scanner and destination."),
        click.option("--replace", "replacing", is_flag=True, help="Replace a settings file that exists already."),
        click.option("--yes", is_flag=True, help="Ask nothing: what no option answers is as usual."),
    ):
        command = option(command)
    return command


@tramquet.command()
@_options
@click.pass_context
def setup(
    ctx: click.Context,
    /,
    technician: str | None,
    pin: str | None,
    folder: Path | None,
    untested: bool,
    replacing: bool,
    yes: bool,
    **options: Any,
) -> None:
    """Ask the few things a station needs, write the settings file, start the station and look whether all is well.

    What was answered before, by a setup that was broken off or by the settings file, is offered again; where nothing
    else is answered, the settings file stays as it is. With --from FOLDER the province has answered.
    """
    from station import settings
    from station.access import users
    from station.catalogue import station_key
    from station.cli import setup_questions
    from station.setup import first_run, prepared_folder, saved_answers
    from station.storage.data_folder import Folders
    from station.system import service

    config, data = ctx.find_root().obj
    if pin is not None:
        users.checked_pin(pin)
    prepared = prepared_folder.read(folder) if folder else None
    yes = yes or prepared is not None
    in_force = prepared.answers if prepared else saved_answers.current_answers(config)
    before = {name: str(answer) for name, answer in vars(in_force).items()} if in_force else {}
    if prepared and before["scanner"] == first_run.NONE:
        del before["scanner"]  # the province could not know it: the first that SANE finds
    ask = setup_questions.Questions(config, yes, before if yes else before | saved_answers.unfinished_answers(config))
    answers = setup_questions.answers(ask, data, in_force, options)
    unchanged = prepared.stands_in(config) if prepared else answers == in_force
    if not unchanged and config.exists() and not replacing:
        if yes or not click.confirm(setup_questions.words("setup-replace", path=config), default=False):
            raise Refused("settings-there", path=config)
        replacing = True
    if prepared:
        prepared.put_files()  # the trials show the token
    if not unchanged:
        text = prepared.text if prepared else None
        setup_questions.write(config, answers, in_force, ask, untested=untested, replacing=replacing, prepared=text)
    saved_answers.forget(config)
    station_settings = settings.load(config)
    service.make_data_folder(station_settings.station.data)
    if not Folders(
        station_settings.station.data
    ).has_catalogue():  # the service's user may not make one beside the settings
        station_key.read_or_make(station_settings.station.key_file, station_settings.station.data)
    if config == DEFAULT_CONFIG:
        service.start()
    if done_by_the_station(station_settings, lambda station: not users.all_users(station)):
        name = technician if technician is not None or yes else click.prompt(setup_questions.words("setup-technician"))
        if name:
            done_by_the_station(station_settings, lambda station: setup_questions.technician(station, name, pin))
    if not show_report(full_report(config, None)):
        ctx.exit(1)
