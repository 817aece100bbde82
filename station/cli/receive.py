"""``tramquet receive``: the receiver, at the province, beside a tus server."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Thread

import click

from station.cli.command import look_for_garbage, tramquet
from station.errors import Refused
from station.storage import locks
from station.storage import token_file as storage_token_file
from station.storage.untrusted_folder import Folder, NotPlain

#: The most that head or body of a question may have (bytes).
_LARGEST_QUESTION = 16 * 1024
_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)


@tramquet.command()
@click.option("--spool", type=_FOLDER, required=True, help="The folder where the tus server puts its uploads.")
@click.option("--store", metavar="PLACE", required=True, help="Where files stay: a folder, or the address of a bucket.")
@click.option("--store-key", type=_FILE, help="The bucket's access key and secret key, a line each.")
@click.option(
    "--receipts",
    metavar="PLACE",
    help="Where receipts stay: a folder, or the address of a PostgreSQL database; by itself the store's folder.",
)
@click.option("--listen", metavar="HOST:PORT", default="127.0.0.1:8159", show_default=True, help="Where stations ask.")
@click.option("--token-file", type=_FILE, help="The token stations must show.")
@click.option("--station-tokens", type=_FILE, help="A file of stations, each with the SHA-256 of its own token.")
def receive(
    spool: Path,
    store: str,
    store_key: Path | None,
    receipts: str | None,
    listen: str,
    token_file: Path | None,
    station_tokens: Path | None,
) -> None:
    """Check, store and receipt what stations sent: at the province, beside a tus server."""
    from waitress.server import create_server

    from station.domain.loopback import is_loopback
    from station.receiver import database, receipt_pages, stores
    from station.receiver.heartbeats import Heartbeats
    from station.receiver.receipts import Receipts
    from station.receiver.service import Receiver
    from station.receiver.tokens import Tokens
    from station.receiver.uploads import Spool
    from station.system import journal_log

    journal_log.set_up()
    token = storage_token_file.read(token_file) if token_file else None
    tokens = Tokens(token, station_tokens)
    host, _, port = listen.rpartition(":")
    if token is None and station_tokens is None and not is_loopback(host.strip("[]")):
        raise Refused("receive-open", listen=listen)
    if receipts is None and stores.is_bucket(store):
        raise Refused("receive-receipts-missing")
    ledger = receipts or store
    os.umask(0o077)
    if database.is_address(store) or stores.is_bucket(ledger):
        raise Refused("receive-places")
    own = {
        Path(place).resolve()
        for place in (store, ledger)
        if not stores.is_bucket(place) and not database.is_address(place)
    }
    with _alone(spool, own):
        try:
            files = stores.open_store(store, store_key)
            files.check()
            receiver, heartbeats = Receiver(Spool(spool), files, Receipts(ledger)), Heartbeats(ledger)
        except NotPlain as error:
            raise Refused("receive-folder", path=error.path, detail=error.strerror) from error
        except database.DatabaseFailed as error:
            raise Refused("receive-database", database=database.without_password(ledger), detail=error) from error
        try:
            app = receipt_pages.application(receiver, tokens, heartbeats)
            server = create_server(
                app,
                host=host.strip("[]"),
                port=int(port),
                threads=16,
                # Idle ones must not keep stations out: a hundred do by waitress' own numbers, for two minutes.
                connection_limit=512,
                channel_timeout=15,
                cleanup_interval=5,
                ident=None,
                # Stations ask with a few hundred bytes; waitress would take a gigabyte.
                max_request_header_size=_LARGEST_QUESTION,
                max_request_body_size=_LARGEST_QUESTION,
            )
        except (OSError, ValueError) as error:
            raise Refused("receive-listen", listen=listen, detail=error) from error
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: receiver.stop())
        Thread(target=server.run, daemon=True).start()
        click.echo(f"http://{listen}/receipts")
        look_for_garbage()
        receiver.run()


@contextmanager
def _alone(spool: Path, folders: set[Path]) -> Iterator[None]:
    """Hold spool and folders: two receivers on one would both be right, but nobody would be told of the mistake.

    A spool is held itself, for everything in it is the tus server's; of a folder a file.
    """
    with ExitStack() as held:
        try:
            for folder in (spool, *folders):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(spool, os.O_RDONLY | os.O_DIRECTORY)
            held.callback(os.close, descriptor)
            free = {spool: locks.take(descriptor, wait=False)}
            for folder in folders:
                lock = folder / ".lock"
                with Folder.at(folder) as opened:
                    with suppress(FileExistsError):
                        opened.create(lock.name, 0o600).close()
                    opened.read(lock.name).close()
                free[folder] = held.enter_context(locks.hold(lock, wait=False))
        except OSError as error:
            raise Refused("receive-folder", path=error.filename, detail=error.strerror) from error
        for folder, is_free in free.items():
            if not is_free:
                raise Refused("receive-twice", path=folder)
        yield
