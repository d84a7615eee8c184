"""What was raised, on which vintage, and to whom it was sent: one SQLite file in the home folder.

A signal has one row for ever, under the id of what it is about; every vintage that raises it, or no longer does, adds
a sighting.  The signals of one watch on one vintage come in one transaction with the mark that it is done, so that a
run killed at any moment leaves all of them or none.  Writers take turns.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from straits.store.store import refusal
from straits.vocabulary.errors import StraitsError
from straits.watch.signals import Signal

FILE = "watch.sqlite"
FORMAT = 1
WAIT = 60.0  # seconds that a writer waits for another

_TABLES = """
create table if not exists done (
    watch text, definition text, vintage text, months text, at text, primary key (watch, definition, vintage));
create table if not exists month (watch text, period text, digest text, vintage text, primary key (watch, period));
create table if not exists revision (
    watch text, period text, before text, after text, primary key (watch, period, before, after));
create table if not exists signal (
    number integer primary key, id text unique, watch text, period text, onset integer, vintage text, at text, body text);
create table if not exists sighting (
    signal text, vintage text, standing text, p real, rank real, at text, primary key (signal, vintage));
create table if not exists delivery (
    signal text, channel text, state text, batch text, tries integer, fault text, at text,
    primary key (signal, channel));
create index if not exists of_watch on signal (watch, period);
create index if not exists open_deliveries on delivery (channel, state);
"""


class Ledger:
    """The signals of one home; ``reading`` an absent file finds nothing."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.path = home / FILE

    # -- connections -----------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that is kept whole or not at all."""
        with self._plain():
            self.home.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self.path, timeout=WAIT, isolation_level=None)
            try:
                connection.execute("pragma journal_mode = wal")
                connection.execute("pragma synchronous = full")
                connection.execute("begin immediate")
                self._prepare(connection)
                yield connection
                connection.execute("commit")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("rollback")
                raise
            finally:
                connection.close()

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection to read with."""
        with self._plain():
            if not self.path.exists():
                connection = sqlite3.connect(":memory:")
                connection.executescript(_TABLES)
            else:
                connection = sqlite3.connect(self.path, timeout=WAIT, isolation_level=None)
                found = connection.execute("pragma user_version").fetchone()[0]
                if found > FORMAT:
                    raise StraitsError(self._newer)
                if found < FORMAT:
                    with self.writing():
                        pass
            try:
                yield connection
            finally:
                connection.close()

    @property
    def _newer(self) -> str:
        return f"{self.path} was written by a newer Straits: update Straits, or use another home"

    def _prepare(self, connection: sqlite3.Connection) -> None:
        found = connection.execute("pragma user_version").fetchone()[0]
        if found > FORMAT:
            raise StraitsError(self._newer)
        if found < FORMAT:
            for statement in _TABLES.split(";"):
                connection.execute(statement)
            connection.execute(f"pragma user_version = {FORMAT}")

    @contextlib.contextmanager
    def _plain(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise refusal(error, self.home) from error
        except sqlite3.Error as error:
            raise StraitsError(f"{self.path}: {error}; is the disk full, or the file damaged?") from error

    # -- evaluation ------------------------------------------------------------------------------------------

    def is_done(self, watch: str, definition: str, vintage: str) -> bool:
        """Whether a watch was already judged on a vintage."""
        with self.reading() as db:
            return bool(
                db.execute(
                    "select 1 from done where watch = ? and definition = ? and vintage = ?",
                    (watch, definition, vintage),
                ).fetchone()
            )

    def last_month(self, watch: str) -> str | None:
        """The last month of data that a watch has seen."""
        with self.reading() as db:
            found: str | None = db.execute("select max(period) from month where watch = ?", (watch,)).fetchone()[0]
            return found

    def record(
        self,
        watch: str,
        definition: str,
        vintage: str,
        signals: Sequence[Signal],
        judged: Iterable[str],
        digests: dict[str, str],
        channels: Sequence[str],
    ) -> list[str]:
        """Keep what a watch raised on a vintage; returns the ids that are new, in order.

        Nothing happens when another run has done it meanwhile.  ``judged`` are the months looked at: a signal of one of
        them that an earlier vintage raised and this one does not gets the sighting ``withdrawn``.
        """
        at = now()
        with self.writing() as db:
            mark = (watch, definition, vintage, " ".join(judged), at)
            if not db.execute("insert or ignore into done values (?, ?, ?, ?, ?)", mark).rowcount:
                return []
            self._note_revisions(db, watch, vintage, digests)
            fresh = [signal.id for signal in signals if self._keep(db, signal, at, channels)]
            self._withdraw(db, watch, vintage, {s.id for s in signals}, set(judged), at)
            return fresh

    @staticmethod
    def _note_revisions(db: sqlite3.Connection, watch: str, vintage: str, digests: dict[str, str]) -> None:
        for period, digest in digests.items():
            known = db.execute(
                "select digest, vintage from month where watch = ? and period = ?", (watch, period)
            ).fetchone()
            if known is not None and known[0] != digest:
                db.execute("insert or ignore into revision values (?, ?, ?, ?)", (watch, period, known[1], vintage))
            if known is None or known[0] != digest:
                db.execute("insert or replace into month values (?, ?, ?, ?)", (watch, period, digest, vintage))

    @staticmethod
    def _keep(db: sqlite3.Connection, signal: Signal, at: str, channels: Sequence[str]) -> bool:
        body = json.dumps(signal.to_dict(), ensure_ascii=False, sort_keys=True)
        row = (signal.id, signal.watch, signal.period, int(signal.onset), signal.vintage, at, body)
        new = db.execute(
            "insert or ignore into signal (id, watch, period, onset, vintage, at, body) values (?, ?, ?, ?, ?, ?, ?)",
            row,
        ).rowcount
        db.execute(
            "insert or ignore into sighting values (?, ?, 'raised', ?, ?, ?)",
            (signal.id, signal.vintage, signal.p, signal.rank, at),
        )
        if new and signal.onset:
            for channel in channels:
                db.execute(
                    "insert or ignore into delivery values (?, ?, 'waiting', null, 0, null, ?)",
                    (signal.id, channel, at),
                )
        return bool(new)

    @staticmethod
    def _withdraw(
        db: sqlite3.Connection, watch: str, vintage: str, raised: set[str], months: set[str], at: str
    ) -> None:
        known = db.execute("select id, period from signal where watch = ?", (watch,)).fetchall()
        for ident, period in known:
            if period in months and ident not in raised:
                db.execute(
                    "insert or ignore into sighting values (?, ?, 'withdrawn', null, null, ?)", (ident, vintage, at)
                )

    # -- questions -------------------------------------------------------------------------------------------

    def signals(
        self, watch: str | None = None, since: str | None = None, onsets_only: bool = True, most: int | None = None
    ) -> list[dict[str, Any]]:
        """Signals, the latest month first, within it the highest rank; each with its standing on the last vintage."""
        with self.reading() as db:
            rows = db.execute(
                """
                select s.body, s.at, (select standing from sighting where signal = s.id order by rowid desc limit 1)
                from signal as s
                where (?1 is null or s.watch = ?1) and (?2 is null or s.period >= ?2) and (s.onset or not ?3)
                order by s.period desc, coalesce(json_extract(s.body, '$.rank'), 0) desc, s.id
                limit ?4
                """,
                (watch, since, onsets_only, -1 if most is None else most),
            ).fetchall()
        return [{**json.loads(body), "raised_at": at, "standing": standing} for body, at, standing in rows]

    def signal(self, ident: str) -> dict[str, Any]:
        """One signal by id or its beginning, with its sightings and deliveries."""
        with self.reading() as db:
            found = db.execute(
                "select id, body, at from signal where substr(id, 1, length(?1)) = ?1 order by id limit 2", (ident,)
            ).fetchall()
            if len(found) != 1:
                what = "is the beginning of several" if found else "is not the id of one"
                raise StraitsError(f"signal '{ident}' {what}: see `straits watch list`")
            whole, body, at = found[0]
            sightings = db.execute(
                "select vintage, standing, p, at from sighting where signal = ? order by rowid", (whole,)
            ).fetchall()
            deliveries = db.execute(
                "select channel, state, tries, fault, at from delivery where signal = ? order by channel", (whole,)
            ).fetchall()
        return {
            **json.loads(body),
            "raised_at": at,
            "sightings": [dict(zip(("vintage", "standing", "p", "at"), row, strict=True)) for row in sightings],
            "deliveries": [
                dict(zip(("channel", "state", "tries", "fault", "at"), r, strict=True)) for r in deliveries
            ],
        }

    def revisions(self, watch: str) -> list[dict[str, str]]:
        """Months whose data a later vintage changed."""
        with self.reading() as db:
            rows = db.execute(
                "select period, before, after from revision where watch = ? order by period, rowid", (watch,)
            ).fetchall()
        return [dict(zip(("period", "before", "after"), row, strict=True)) for row in rows]

    # -- deliveries ------------------------------------------------------------------------------------------

    def claim(self, channel: str) -> list[tuple[str, list[Signal]]]:
        """Batches to send to a channel: those a dead run left half sent, as they were, then all that waits.

        The caller holds the delivery lock.  A batch's name depends on its signals only.
        """
        with self.writing() as db:
            waiting = [
                row[0]
                for row in db.execute(
                    "select d.signal from delivery d join signal s on s.id = d.signal"
                    " where d.channel = ? and d.state = 'waiting' order by s.number",
                    (channel,),
                )
            ]
            if waiting:
                db.executemany(
                    "update delivery set state = 'sending', batch = ?, at = ? where signal = ? and channel = ?",
                    [(batch_of(waiting), now(), ident, channel) for ident in waiting],
                )
            rows = db.execute(
                "select d.batch, s.body from delivery d join signal s on s.id = d.signal"
                " where d.channel = ? and d.state = 'sending' order by d.batch, s.number",
                (channel,),
            ).fetchall()
        batches: dict[str, list[Signal]] = {}
        for batch, body in rows:
            batches.setdefault(batch, []).append(restored(json.loads(body)))
        return list(batches.items())

    def settle(self, channel: str, batch: str, fault: str | None) -> None:
        """Mark a batch sent; with a fault it keeps its name and is tried again by the next run."""
        state = "sent" if fault is None else "sending"
        with self.writing() as db:
            db.execute(
                "update delivery set state = ?, tries = tries + 1, fault = ?, at = ? where channel = ? and batch = ?"
                " and state = 'sending'",
                (state, fault, now(), channel, batch),
            )

    def open_deliveries(self) -> int:
        """How many signals still wait to be sent."""
        with self.reading() as db:
            return int(db.execute("select count(*) from delivery where state <> 'sent'").fetchone()[0])


def batch_of(ids: Sequence[str]) -> str:
    """The name of a batch."""
    import hashlib

    return hashlib.sha256(" ".join(sorted(ids)).encode()).hexdigest()[:16]


def restored(body: dict[str, Any]) -> Signal:
    """A signal from what :meth:`Signal.to_dict` made of it."""
    names = {item.name for item in fields(Signal)}
    return Signal(**{name: value for name, value in body.items() if name in names})


def now() -> str:
    """The time of a record of this machine's doings (never of data)."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
