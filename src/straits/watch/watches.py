"""Watches as data: what to look at, by which rule, how severe, and who is told.

A file holds ``watches`` and, where someone is told, ``channels``.  What a watch looks at is one of three: flows
(products, exporter, partners, region), events (technologies, actors, kinds), or targets (technologies or ids).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator, model_validator

from straits.casebook.records import Event
from straits.vocabulary import documents
from straits.vocabulary.errors import StraitsError, nearest
from straits.vocabulary.regions import economies, region
from straits.watch.detectors import DETECTORS
from straits.watch.rhythms import RHYTHMS
from straits.watch.signals import Rule

Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:[-_.][a-z0-9]+)*$")]
Rate = Annotated[float, Field(gt=0, lt=1)]
FOLDER = "watches"
EXAMPLE = Path(__file__).with_name("example.yaml")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Subject(_Strict):
    """What a watch looks at.

    Flows: ``products`` (codes, with or without nomenclature), ``exporter`` (an economy) and ``partners`` (economies or
    regions), ``region`` (whose imports), ``file`` (monthly flows beside the watch's own file; otherwise the store),
    ``reports`` (whose monthly reports: ``exporter`` or ``importers``; by default the exporter's where it reports).
    Events of the casebook and steps of the register of controls: ``technologies`` (casebook subjects, those below them
    included, and materials), ``actors`` (economies, organisations), ``kinds`` (of events or of measures; ``control`` is
    every measure), ``control_lists`` (words in instruments, items, titles).  An event has to fit all that are given.
    Targets: ``targets`` (ids, or ``all``), ``technologies``.
    """

    products: tuple[str, ...] = ()
    exporter: str | None = None
    partners: tuple[str, ...] = ()
    region: str | None = None
    file: str | None = None
    reports: Literal["exporter", "importers"] | None = None
    technologies: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    control_lists: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()

    @field_validator("region")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        return None if name is None else _region(name)

    @field_validator("exporter")
    @classmethod
    def _one(cls, name: str | None) -> str | None:
        if name is not None and (found := _region(name)) not in economies():
            raise ValueError(f"{found} has several members: an exporter is one economy, so write a watch for each")
        return None if name is None else _region(name)

    @field_validator("partners")
    @classmethod
    def _all_known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_region(name) for name in names)

    @field_validator("products")
    @classmethod
    def _codes(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if not name.rpartition(":")[2].isdigit():
                raise ValueError(f"'{name}' is not a product code: write 250410 or HS2017:250410, in quotes")
        return tuple(name.rpartition(":")[2] for name in names)

    @field_validator("kinds")
    @classmethod
    def _kinds(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in EVENTS + MEASURES:
                raise ValueError(str(nearest(name, EVENTS + MEASURES, "kind")))
        return names

    @model_validator(mode="after")
    def _of_one_kind(self) -> Subject:
        given = {name for name in type(self).model_fields if getattr(self, name)}
        if strange := sorted(given - FIELDS[self.kind]):
            raise ValueError(
                f"{', '.join(strange)}: no field of a watch on {self.kind} ({', '.join(sorted(FIELDS[self.kind]))}): "
                "write a second watch"
            )
        return self

    @property
    def partner_economies(self) -> list[str]:
        """The partners as economies: a region stands for all that ever were its members."""
        return sorted({member.economy for name in self.partners for member in region(name).members})

    @property
    def kind(self) -> str:
        """``flows``, ``events`` or ``targets``."""
        if self.targets:
            return "targets"
        return "flows" if self.products or self.exporter or self.region or self.file else "events"


EVENTS: tuple[str, ...] = get_args(Event.model_fields["kind"].annotation)
MEASURES = ("ban", "licence", "quota", "reporting", "review", "unofficial")  # of the register of controls
FIELDS = {
    "flows": {"products", "exporter", "partners", "region", "file", "reports"},
    "events": {"technologies", "actors", "kinds", "control_lists"},
    "targets": {"targets", "technologies"},
}


class Watch(_Strict):
    """One watch; ``rules`` are detectors (flows only), ``who`` names channels, ``look_back`` counts months or years."""

    id: Name
    title: str = ""
    what: Subject
    freq: Literal["monthly", "annual"] = "monthly"
    rules: tuple[str, ...] = ()
    false_alarms: Rate | None = None
    false_discoveries: Rate | None = None
    severity: Literal["low", "medium", "high"] = "medium"
    who: tuple[str, ...] = ()
    critical: Annotated[float, Field(ge=0, le=1)] | None = None
    replaceable: Annotated[float, Field(ge=0, le=1)] | None = None
    source_of_exposure: str = ""
    look_back: Annotated[int, Field(ge=1, le=24)] = 3

    @field_validator("rules")
    @classmethod
    def _detectors(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in DETECTORS:
                raise ValueError(str(nearest(name, DETECTORS, "rule")))
        return names

    @model_validator(mode="after")
    def _whole(self) -> Watch:
        kind = self.what.kind
        if kind == "flows" and not self.what.exporter and not self.what.region:
            raise ValueError("what: name the exporter whose flows, or the region whose imports, are watched")
        if kind != "flows" and (self.rules or self.freq != "monthly"):
            raise ValueError(f"rules, freq: detectors judge flows, and this watch looks at {kind}: leave them out")
        if strange := [name for name in self.rules if name not in RHYTHMS[self.freq].detectors]:
            raise ValueError(
                f"rules: {', '.join(strange)} judge months: of annual flows {', '.join(RHYTHMS[self.freq].detectors)}"
            )
        if self.freq == "annual" and (self.what.file or self.what.reports):
            raise ValueError("file, reports: are of monthly flows; annual ones come from the store")
        if self.what.file and self.what.reports:
            raise ValueError("reports: chooses among reports in the store; a file has one side")
        if kind == "events" and not (
            self.what.technologies or self.what.actors or self.what.kinds or self.what.control_lists
        ):
            raise ValueError("what: is empty: give products, a region, technologies, actors or targets")
        if self.false_alarms is not None and self.false_discoveries is not None:
            raise ValueError("give false_alarms or false_discoveries, not both")
        if (self.critical is not None or self.replaceable is not None) and not self.source_of_exposure:
            raise ValueError("critical and replaceable are judgements: say in source_of_exposure whose")
        return self

    @property
    def rule(self) -> Rule:
        """When a score is a signal."""
        rhythm = RHYTHMS[self.freq]
        detectors = self.rules or rhythm.detectors
        if self.false_discoveries is not None:
            return Rule(detectors, None, self.false_discoveries, rhythm)
        return Rule(detectors, self.false_alarms or 0.05, rhythm=rhythm)

    @property
    def definition(self) -> str:
        """A checksum of what decides the signals: another title or channel is the same watch."""
        data = self.model_dump(exclude={"title", "who"}, mode="json")
        return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]


class Feed(_Strict):
    """Files written anew after each run: ``atom`` and ``json``, beside the watch's file or absolute."""

    kind: Literal["feed"]
    atom: str | None = None
    json_: Annotated[str | None, Field(alias="json")] = None
    title: str = "Straits: signals"
    most: Annotated[int, Field(ge=1, le=10_000)] = 200

    @model_validator(mode="after")
    def _some(self) -> Feed:
        if not self.atom and not self.json_:
            raise ValueError("a feed needs a file: atom, json or both")
        return self


class Email(_Strict):
    """SMTP.  The password is taken from the environment variable that ``password_from`` names."""

    kind: Literal["email"]
    host: str
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    starttls: bool = True
    user: str | None = None
    password_from: str | None = None
    sender: str
    to: Annotated[tuple[str, ...], Field(min_length=1)]

    @field_validator("sender")
    @classmethod
    def _address(cls, text: str) -> str:
        return _mail(text)

    @field_validator("to")
    @classmethod
    def _addresses(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_mail(text) for text in texts)


class Webhook(_Strict):
    """A POST of JSON.  ``token_from`` names an environment variable, sent as a bearer token."""

    kind: Literal["webhook"]
    url: Annotated[str, Field(pattern=r"^https?://\S+$")]
    token_from: str | None = None


def _kind(data: Any) -> str:
    return f"<{data.get('kind') if isinstance(data, dict) else getattr(data, 'kind', None)}>"


Channel = Annotated[
    Annotated[Feed, Tag("<feed>")] | Annotated[Email, Tag("<email>")] | Annotated[Webhook, Tag("<webhook>")],
    Discriminator(
        _kind, custom_error_type="no_channel", custom_error_message="no such kind of channel: feed, email or webhook"
    ),
]


class _File(_Strict):
    watches: Annotated[list[Watch], Field(min_length=1)]
    channels: dict[str, Channel] = {}


@dataclass(frozen=True)
class Watches:
    """All watches and channels of a home, with the folder their relative paths start from."""

    watches: tuple[Watch, ...]
    channels: dict[str, Feed | Email | Webhook]
    folder: Path

    def watch(self, name: str) -> Watch:
        """The watch with that id."""
        for one in self.watches:
            if one.id == name:
                return one
        raise nearest(name, [one.id for one in self.watches], "watch")

    def path(self, text: str) -> Path:
        """A path of a watch or feed."""
        return self.folder / Path(text).expanduser()


def save_example(home: Path) -> Path:
    """Write the example into a home's folder of watches; one that is there already is an error."""
    path = home / FOLDER / EXAMPLE.name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(EXAMPLE.read_text(encoding="utf-8"))
    except FileExistsError:
        raise StraitsError(f"{path}: is there already; remove it, or change it") from None
    except OSError as error:
        raise StraitsError(f"{path}: cannot be written: {error.strerror or error}") from error
    return path


def read(where: Path) -> Watches:
    """Read a file, or all ``*.yaml`` of a folder.  All faults, with file, line and field, in one :class:`StraitsError`."""
    if not where.exists():
        raise StraitsError(f"no watches in {where}: write one there, or begin with `straits watch example --save`")
    paths = sorted(where.glob("*.yaml")) if where.is_dir() else [where]
    if not paths:
        raise StraitsError(
            f"no watches in {where}: write a .yaml file there, or begin with `straits watch example --save`"
        )
    faults: list[str] = []
    files: list[tuple[documents.Document, _File]] = []
    for path in paths:
        try:
            files.append(_read_one(path))
        except StraitsError as error:
            faults.append(str(error))
    channels = {name: channel for _, content in files for name, channel in content.channels.items()}
    faults += [] if faults else _across(files, channels)
    if faults:
        raise StraitsError(
            faults[0] if len(faults) == 1 else f"{len(faults)} faults in the watches\n" + "\n".join(faults)
        )
    watches = tuple(watch for _, content in files for watch in content.watches)
    return Watches(watches, channels, where if where.is_dir() else where.parent)


def _read_one(path: Path) -> tuple[documents.Document, _File]:
    document = documents.read(path)
    if not isinstance(document.data, dict):
        raise StraitsError(f"{path.name}: holds no watches: begin with 'watches:'")
    return document, document.model(_File)


def _across(files: list[tuple[documents.Document, _File]], channels: Collection[str]) -> list[str]:
    """What no file shows alone: names used twice, and channels that no file defines."""
    faults: list[str] = []
    watches: set[str] = set()
    told: set[str] = set()
    for document, content in files:
        for number, watch in enumerate(content.watches):
            if watch.id in watches:
                faults.append(document.fault(("watches", number, "id"), f"watch '{watch.id}' is defined twice"))
            watches.add(watch.id)
            faults += [
                document.fault(
                    ("watches", number, "who"), f"watch '{watch.id}': {nearest(name, channels, 'channel')}"
                )
                for name in watch.who
                if name not in channels
            ]
        for name in content.channels:
            if name in told:
                faults.append(document.fault(("channels", name), f"channel '{name}' is defined twice"))
            told.add(name)
    return faults


def _region(name: str) -> str:
    try:
        return region(name).id
    except StraitsError as error:
        raise ValueError(str(error)) from None


def _mail(text: str) -> str:
    name, _, host = text.rpartition("@")
    if not name or ("." not in host and host != "localhost") or any(c in text for c in "\r\n"):
        raise ValueError(f"'{text}' is not an e-mail address")
    return text
