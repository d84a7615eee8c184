"""Where the archive's database is, how it is reached, and that its tables are those of this version of Straits.

SQLite: one file, write-ahead log, foreign keys on; writers take the lock when they begin, so that two of them take
turns instead of meeting half-way.  PostgreSQL: psycopg 3.  Whatever the database refuses becomes one plain sentence.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, StaticPool, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.orm import Session

from straits.assess.archive.tables import VERSION_TABLE, Base
from straits.vocabulary.errors import StraitsError

FILE = "assessments.sqlite"
SETTING = "STRAITS_DATABASE"
MIGRATIONS = Path(__file__).parent / "migrations"
WAIT = 30.0  # seconds that a writer waits for another
LOCK = 0x57A175  # of PostgreSQL's advisory locks, held while tables are made
EXAMPLE = "postgresql://user@host/database or sqlite:////folder/file.sqlite"


class Database:
    """One database: ``where`` says which (without a password), ``reading`` and ``writing`` give sessions on it."""

    def __init__(self, where: str, reader: Engine, writer: Engine, path: Path | None = None) -> None:
        self.where = where
        self.path = path
        self._reader = reader
        self._writer = writer
        self._ready = False

    @classmethod
    def at(cls, place: str | Path | None, home: Path | None) -> Database:
        """The database at a URL or in a home folder; see :meth:`Archive.open`."""
        if place is None and (setting := os.environ.get(SETTING)):
            if "://" not in setting:
                raise StraitsError(f"{SETTING} is no address of a database: write {EXAMPLE}")
            place = setting
        if isinstance(place, str) and "://" in place:
            return cls._at_url(place)
        return cls._in_file(Path(place or home or _default_home()).expanduser() / FILE)

    @classmethod
    def _at_url(cls, address: str) -> Database:
        try:
            url = make_url(address)
        except ArgumentError as error:
            raise StraitsError(f"the address of the database cannot be read: write {EXAMPLE}") from error
        if url.get_backend_name() == "sqlite":
            if not url.database or url.database == ":memory:":
                raise StraitsError(f"{address} names no file, and assessments are to be kept: write {EXAMPLE}")
            return cls._in_file(Path(url.database).expanduser())
        if url.get_backend_name() not in ("postgresql", "postgres"):
            raise StraitsError(f"assessments are kept in SQLite or PostgreSQL, not in {url.get_backend_name()}")
        return cls._on_server(url)

    @classmethod
    def _in_file(cls, path: Path) -> Database:
        reader = create_engine("sqlite://", creator=lambda: _connect(path, create=False), poolclass=NullPool)
        writer = create_engine("sqlite://", creator=lambda: _connect(path, create=True), poolclass=NullPool)
        _begin_with(reader, "BEGIN")
        _begin_with(writer, "BEGIN IMMEDIATE")
        return cls(str(path), reader, writer, path)

    @classmethod
    def _on_server(cls, url: URL) -> Database:
        patience = {} if "connect_timeout" in url.query else {"connect_timeout": 10}
        try:
            engine = create_engine(
                url.set(drivername="postgresql+psycopg"),
                connect_args=patience,
                isolation_level="READ COMMITTED",
                pool_pre_ping=True,
            )
        except (ImportError, NoSuchModuleError) as error:
            raise StraitsError("PostgreSQL needs its driver: pip install 'straits[postgres]'") from error
        return cls(url.render_as_string(hide_password=True), engine, engine)

    def close(self) -> None:
        """Let go of all connections."""
        self._reader.dispose()
        self._writer.dispose()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """A session to read in; an SQLite file that is not there yet reads as an empty archive."""
        with self.plain_errors():
            if self.path is not None and not self.path.exists():
                with Session(_empty()) as session:
                    yield session
                return
            self.prepare()
            with Session(self._reader, expire_on_commit=False) as session:
                yield session

    @contextlib.contextmanager
    def writing(self) -> Iterator[Session]:
        """A session whose block is saved whole when it ends, or not at all."""
        with self.plain_errors():
            if self.path is not None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._ready = self._ready and self.path.exists()
            self.prepare()
            with Session(self._writer, expire_on_commit=False) as session, session.begin():
                yield session

    def prepare(self) -> None:
        """Bring the tables up to date, unless they are; refuse those of a newer Straits."""
        if self._ready:
            return
        with self.plain_errors():
            if not self._has_tables(self._reader):
                with self._writer.begin() as connection:
                    if connection.dialect.name == "postgresql":
                        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": LOCK})
                    self._migrate(connection)
        self._ready = True

    def _has_tables(self, engine: Engine) -> bool:
        if self.path is not None and not self.path.exists():
            return False
        with engine.connect() as connection:
            return self._revision(connection) == known()[-1]

    def _revision(self, connection: Connection) -> str | None:
        """The version of the tables, ``None`` when there are none."""
        if not inspect(connection).has_table(VERSION_TABLE):
            return None
        found: str | None = connection.scalar(text(f"select version_num from {VERSION_TABLE}"))
        if found is not None and found not in known():
            raise StraitsError(
                f"the assessments in {self.where} were written by a newer Straits (tables {found}; this one knows "
                f"them up to {known()[-1]}): update Straits"
            )
        return found

    def _migrate(self, connection: Connection) -> None:
        if self._revision(connection) == known()[-1]:
            return  # another process was first
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    @contextlib.contextmanager
    def plain_errors(self) -> Iterator[None]:
        """Turn what the database or the system refuses into one plain sentence."""
        try:
            yield
        except DBAPIError as error:
            raise StraitsError(self._sentence(str(error.orig))) from error
        except sqlite3.Error as error:
            raise StraitsError(self._sentence(str(error))) from error
        except OSError as error:
            raise StraitsError(f"cannot use {error.filename or self.where}: {error.strerror or error}") from error

    def _sentence(self, said: str) -> str:
        for words, sentence in REFUSALS.items():
            if words in said:
                return sentence.format(where=self.where)
        return f"the database {self.where} refused: {' '.join(said.split())}"


REFUSALS = {
    "readonly database": "{where} may only be read: nothing was saved; ask for the right to write, or use another --home",
    "read-only transaction": "{where} may only be read: nothing was saved; ask for the right to write",
    "unable to open": "cannot open {where}: look whether the file and its folder may be read and written",
    "is locked": "{where} is being written by another process: nothing was saved; try again",
    "is full": "the disk that holds {where} is full: nothing was saved; free some space and try again",
    "not a database": "{where} is not a database of assessments, or is damaged: restore it from a copy",
    "malformed": "{where} is damaged: restore it from a copy",
}


def known() -> list[str]:
    """The versions of the tables that this Straits knows, oldest first: its migrations."""
    return sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _default_home() -> Path:
    from straits.store.store import Store

    return Store.default_home()


def _empty() -> Engine:
    """An archive with nothing in it, in memory."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    Base.metadata.create_all(engine)
    return engine


def _begin_with(engine: Engine, statement: str) -> None:
    """Begin transactions with this statement (Python's driver by itself begins them too late)."""
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(statement))


# -- SQLite --------------------------------------------------------------------------------------------------


def _connect(path: Path, create: bool) -> sqlite3.Connection:
    """A connection to an SQLite file."""
    if not create:
        try:
            return _opened(path, "mode=rw")
        except sqlite3.OperationalError:
            if not _is_still(path):
                raise
            return _opened(path, "immutable=1")
    connection = _opened(path, "mode=rwc")
    try:
        _write_ahead(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _opened(path: Path, how: str) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?{how}"
    connection = sqlite3.connect(address, uri=True, timeout=WAIT, isolation_level=None, check_same_thread=False)
    try:
        for statement in ("pragma foreign_keys = on", "pragma synchronous = full", "select 1 from sqlite_master"):
            connection.execute(statement).close()
    except BaseException:
        connection.close()
        raise
    return connection


def _is_still(path: Path) -> bool:
    """Whether a file is to be read as it stands: in a folder where we may not write, and nobody is writing.

    SQLite reads a file with a write-ahead log only where it can write beside it, unless told that nothing moves.
    """
    return path.is_file() and not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists()


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log; SQLite does not wait by itself when another process is just switching too."""
    end = time.monotonic() + WAIT
    while _journal(connection, "pragma journal_mode") != "wal":
        try:
            _journal(connection, "pragma journal_mode = wal")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.01)


def _journal(connection: sqlite3.Connection, statement: str) -> Any:
    (mode,) = connection.execute(statement).fetchone()
    return mode
