"""How signals reach people: Atom and JSON feeds, e-mail, webhooks; tried again when they fail, never sent twice.

One run at a time delivers (the lock dies with its process).  A batch is marked before it is sent and after; one that a
killed run left between the two is sent again under the same name: the ``Message-ID`` of the mail and the header
``Idempotency-Key`` of the POST, by which the receiver knows that it is the same.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from email.utils import parseaddr
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import filelock

from straits.vocabulary.errors import StraitsError
from straits.watch.ledger import WAIT, Ledger
from straits.watch.signals import Signal
from straits.watch.watches import Email, Feed, Watches, Webhook

ATTEMPTS = 4  # in one run; the next run tries again
FIRST_PAUSE = 0.5  # seconds; doubled each time
ATOM = "http://www.w3.org/2005/Atom"
JSON_FEED = "https://jsonfeed.org/version/1.1"
EPOCH = "1970-01-01T00:00:00Z"


class RefusedError(Exception):
    """The receiver will not take this: trying again at once is of no use."""


def deliver_all(
    watches: Watches, ledger: Ledger, pause: float = FIRST_PAUSE
) -> tuple[dict[str, int], dict[str, str]]:
    """Send what waits and write the feeds; returns signals sent by channel, and faults by channel."""
    if not ledger.path.exists():
        return {}, {}
    sent: dict[str, int] = {}
    faults: dict[str, str] = {}
    with filelock.FileLock(ledger.home / "watch-delivery.lock", timeout=WAIT * 10):
        for name, channel in sorted(watches.channels.items()):
            try:
                sent[name] = _deliver(name, channel, watches, ledger, pause)
            except StraitsError as error:
                faults[name] = str(error)
    return {name: count for name, count in sent.items() if count}, faults


def _deliver(name: str, channel: Feed | Email | Webhook, watches: Watches, ledger: Ledger, pause: float) -> int:
    batches = ledger.claim(name)
    if isinstance(channel, Feed):
        _write_feeds(name, channel, watches, ledger)
    count, faults = 0, []
    for batch, signals in batches:
        fault = _tried(partial(_send, channel, batch, signals), pause)
        ledger.settle(name, batch, fault)
        count += len(signals) if fault is None else 0
        faults += [] if fault is None else [fault]
    if faults:
        raise StraitsError(f"channel '{name}': {'; '.join(dict.fromkeys(faults))}; the next run tries again")
    return count


def _send(channel: Feed | Email | Webhook, batch: str, signals: Sequence[Signal]) -> None:
    if isinstance(channel, Email):
        mail(channel, batch, signals)
    elif isinstance(channel, Webhook):
        post(channel, batch, signals)


def _tried(send: Callable[[], None], pause: float) -> str | None:
    """Send, again after a pause where that may help; ``None`` when it went, else what was wrong."""
    import stamina

    try:
        for attempt in stamina.retry_context(
            on=(OSError, TimeoutError, ConnectionError),
            attempts=ATTEMPTS,
            timeout=120.0,
            wait_initial=pause,
            wait_jitter=pause,
            wait_max=30.0,
        ):
            with attempt:
                send()
    except (OSError, RefusedError) as error:
        return str(error) or type(error).__name__
    return None


# -- e-mail ----------------------------------------------------------------------------------------------------


def message(channel: Email, batch: str, signals: Sequence[Signal]) -> EmailMessage:
    """One mail for a batch."""
    found = EmailMessage()
    first = signals[0].text if len(signals) == 1 else f"{len(signals)} signals"
    found["Subject"] = _one_line(f"Straits: {first}")[:180]
    found["From"] = channel.sender
    found["To"] = ", ".join(channel.to)
    host = parseaddr(channel.sender)[1].rpartition("@")[2] or "localhost"
    found["Message-ID"] = f"<straits-{batch}@{host}>"
    found["X-Straits-Signals"] = " ".join(signal.id for signal in signals[:50])
    found.set_content("\n\n".join(_paragraph(signal) for signal in signals) + "\n")
    return found


def mail(channel: Email, batch: str, signals: Sequence[Signal]) -> None:
    """Send a batch by SMTP.  An ``OSError`` may be tried again; :class:`RefusedError` may not."""
    import smtplib

    try:
        with smtplib.SMTP(channel.host, channel.port, timeout=30) as server:
            if channel.starttls:
                import ssl

                server.starttls(context=ssl.create_default_context())
            if channel.user:
                server.login(channel.user, _secret(channel.password_from, "password_from"))
            server.send_message(message(channel, batch, signals))
    except smtplib.SMTPResponseException as error:
        said = f"the mail server {channel.host} said {error.smtp_code}: {_text(error.smtp_error)}"
        raise (RefusedError(said) if 500 <= error.smtp_code < 600 else OSError(said)) from error
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        said = f"the mail server {channel.host} refused {', '.join(error.recipients)}"
        raise (RefusedError(said) if all(code >= 500 for code in codes) else OSError(said)) from error
    except smtplib.SMTPNotSupportedError as error:
        raise RefusedError(f"the mail server {channel.host}: {error}") from error
    except OSError as error:
        raise OSError(f"the mail server {channel.host}:{channel.port} cannot be reached: {error}") from error


def _paragraph(signal: Signal) -> str:
    chance = "" if signal.p is None else f"\n{_chance(signal.p, signal.parts)}"
    exposure = signal.parts.get("exposure") or {}
    unknown = f" Not known of its exposure: {', '.join(exposure['unknown'])}." if exposure.get("unknown") else ""
    return (
        f"[{signal.severity}] {signal.text}.{chance}{unknown}\n"
        f"Watch {signal.watch}, {signal.detector}, data version {signal.vintage}.\n"
        f"straits watch explain {signal.id}"
    )


def _chance(p: float, parts: dict[str, Any]) -> str:
    return f"Chance when nothing happens: {p:.2g} a {parts.get('of_a', 'month')} and series."


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _secret(variable: str | None, field: str) -> str:
    value = os.environ.get(variable or "")
    if not value:
        raise RefusedError(f"the environment variable {variable or '(none named)'} of {field} is not set")
    return value


# -- webhook ---------------------------------------------------------------------------------------------------


def post(channel: Webhook, batch: str, signals: Sequence[Signal]) -> None:
    """POST a batch as JSON.  408, 429 and 5xx may be tried again, other refusals may not."""
    import httpx

    headers = {"Idempotency-Key": batch, "Content-Type": "application/json"}
    if channel.token_from:
        headers["Authorization"] = f"Bearer {_secret(channel.token_from, 'token_from')}"
    body = json.dumps({"batch": batch, "signals": [s.to_dict() for s in signals]}, ensure_ascii=False, sort_keys=True)
    try:
        answer = httpx.post(channel.url, content=body.encode(), headers=headers, timeout=30)
    except httpx.HTTPError as error:
        raise OSError(f"{channel.url} cannot be reached: {error}") from error
    if answer.status_code in (408, 429) or answer.status_code >= 500:
        raise OSError(f"{channel.url} said {answer.status_code}")
    if answer.status_code >= 300:
        raise RefusedError(f"{channel.url} said {answer.status_code}: is the address right?")


# -- feeds -----------------------------------------------------------------------------------------------------


def _write_feeds(name: str, channel: Feed, watches: Watches, ledger: Ledger) -> None:
    told = {watch.id for watch in watches.watches if name in watch.who}
    entries = [item for item in ledger.signals(onsets_only=True) if item["watch"] in told][: channel.most]
    if channel.atom:
        _replace(watches.path(channel.atom), atom(channel.title, name, entries))
    if channel.json_:
        _replace(watches.path(channel.json_), json_feed(channel.title, entries))


def atom(title: str, name: str, entries: Sequence[dict[str, Any]]) -> bytes:
    """An Atom feed (RFC 4287) of signals; it changes only when they do."""
    ET.register_namespace("", ATOM)
    feed = ET.Element(f"{{{ATOM}}}feed")
    _add(feed, "title", title)
    _add(feed, "id", f"urn:straits:feed:{name}")
    _add(feed, "updated", max((item["raised_at"] for item in entries), default=EPOCH))
    _add(_add(feed, "author", ""), "name", "Straits")
    for item in entries:
        entry = _add(feed, "entry", "")
        _add(entry, "title", item["text"])
        _add(entry, "id", f"urn:straits:signal:{item['id']}")
        _add(entry, "updated", item["raised_at"])
        ET.SubElement(entry, f"{{{ATOM}}}category", {"term": item["severity"]})
        ET.SubElement(entry, f"{{{ATOM}}}category", {"term": item["detector"]})
        _add(entry, "summary", _summary(item))
    ET.indent(feed)
    body = ET.tostring(feed, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{body}\n'.encode()


def json_feed(title: str, entries: Sequence[dict[str, Any]]) -> bytes:
    """A JSON Feed 1.1 of signals; the whole signal is under ``_straits``."""
    items = [
        {
            "id": f"urn:straits:signal:{item['id']}",
            "title": item["text"],
            "content_text": _summary(item),
            "date_published": item["raised_at"],
            "tags": [item["severity"], item["detector"]],
            "_straits": item,
        }
        for item in entries
    ]
    feed = {"version": JSON_FEED, "title": title, "items": items}
    return (json.dumps(feed, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _summary(item: dict[str, Any]) -> str:
    chance = "" if item["p"] is None else f" {_chance(item['p'], item['parts'])}"
    gone = " A later vintage no longer shows it." if item["standing"] == "withdrawn" else ""
    return f"{item['text']}.{chance}{gone} Watch {item['watch']}, data version {item['vintage']}."


def _add(parent: ET.Element, tag: str, text: str) -> ET.Element:
    child = ET.SubElement(parent, f"{{{ATOM}}}{tag}")
    child.text = "".join(c for c in text if c >= " " or c in "\t\n") or None
    return child


def _replace(path: Path, content: bytes) -> None:
    """Write a file in one rename; an unchanged one is left alone."""
    try:
        if path.exists() and path.read_bytes() == content:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(content)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise StraitsError(f"the feed {path} cannot be written: {error}") from error
