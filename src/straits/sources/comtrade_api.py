"""UN Comtrade's data API: what a reporter has reported, and the answers to questions, however often a line breaks.

Endpoints and parameters as in the publisher's own package comtradeapicall 1.3 (MIT): ``getDa`` says what is there and
since when, ``get`` (with a key) and ``preview`` (without) answer.  That package is not used: it prints errors instead
of raising them, never tries again, does not see that an answer is full, and puts the key into the address.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from straits.sources.comtrade_rows import NOMENCLATURES, parsed
from straits.sources.reports import put
from straits.sources.source import Step, asked_wait, quiet_retries, refuse, retry_after, without_secrets
from straits.vocabulary.errors import StraitsError

KEY = "STRAITS_COMTRADE_KEY"
PREVIEW_ROWS, KEY_ROWS, PREMIUM_ROWS = 500, 100_000, 250_000  # the most in one answer: without a key, with, paid
PERIODS_AT_ONCE = 12
PREVIEW_ROWS, KEY_ROWS, PREMIUM_ROWS = 500, 100_000, 250_000  # the most in one answer: without a key, with, paid
PRODUCTS_AT_ONCE, IN_PREVIEW = 50, 4  # products in a question: an address of 500 characters; 500 rows
EVERY_PRODUCT = "AG6"


@dataclass(frozen=True)
class Request:
    """One question: a reporter's flows of products (``None``: all) in periods, to and from all partners."""

    reporter: int
    periods: tuple[str, ...]
    flows: tuple[str, ...]
    products: tuple[str, ...] | None

    def halves(self) -> list[Request]:
        """The same question in two, by period, product or flow; an error when it is of one each."""
        for name in ("periods", "products", "flows"):
            parts = getattr(self, name)
            if parts and len(parts) > 1:
                middle = len(parts) // 2
                return [replace(self, **{name: parts[:middle]}), replace(self, **{name: parts[middle:]})]
        what = self.products[0] if self.products else "all products"
        raise StraitsError(
            f"UN Comtrade: {self.flows[0]} of reporter {self.reporter} in {self.periods[0]}, {what}, is more than one "
            "answer holds: name fewer products, ask with a key, or load the bulk file; nothing was loaded"
        )


@dataclass(frozen=True)
class Available:
    """A period that a reporter has reported: when it was released last, and in which nomenclature.

    ``original`` is whether the reporter used that nomenclature itself.
    """

    period: str
    nomenclature: str
    released: dt.date | None
    original: bool = True


class Api:
    """UN Comtrade's data API: asks, tries again, and keeps what it received in a folder; use it in a ``with`` block.

    The key is sent in a header, and is in no address, message or file.
    ``received`` lists the requests that were answered in full, with the file of the answer.
    """

    def __init__(self, base: str, key: str | None, rows: int | None, freq: str, folder: Path, step: Step) -> None:
        self._key = (key or os.environ.get(KEY, "")).strip() or None
        if self._key and not (self._key.isascii() and self._key.isprintable()):
            raise StraitsError(f"the key for UN Comtrade has characters that no key has: check {KEY}")
        if not base.lower().startswith(("http://", "https://")):
            raise StraitsError(f"{base}: not a web address")
        self._base, self._freq, self._folder, self._step = base.rstrip("/"), freq, folder, step
        self._rows = rows or (KEY_ROWS if self._key else PREVIEW_ROWS)
        self._released: dict[tuple[int, str], str] = {}
        self._files: dict[Path, str] = {}
        self.received: list[tuple[Request, Path]] = []

    def __enter__(self) -> Api:
        import httpx

        headers = {"Ocp-Apim-Subscription-Key": self._key} if self._key else {}
        # A redirect is not followed: the header with the key would go with it.
        self._client = httpx.Client(headers=headers, timeout=120, follow_redirects=False)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    @property
    def periods_at_once(self) -> int:
        """The preview answers one period at a time."""
        return PERIODS_AT_ONCE if self._key else 1

    @property
    def products_at_once(self) -> int:
        """So many products are likely to fit into an answer."""
        return PRODUCTS_AT_ONCE if self._key else IN_PREVIEW

    def available(self, reporter: int) -> list[Available]:
        """The periods that a reporter has reported in the HS, with the day of their last release."""
        name = f"availability of reporter {reporter}"
        rows = self._parsed(self._get(f"getDa/C/{self._freq}/HS", {"reporterCode": str(reporter)}), name)
        found: dict[str, Available] = {}
        for place, row in enumerate(rows, 1):
            one = _availability(row, name, place)
            if one is None or (one.period in found and not one.original):
                continue
            before = found.get(one.period)
            if before is not None and before.original and before.nomenclature != one.nomenclature:
                raise StraitsError(
                    f"{name}: {one.period} is there in {before.nomenclature} and {one.nomenclature}; load the bulk file "
                    "of one; nothing was loaded"
                )
            found[one.period] = one
        today = dt.datetime.now(dt.UTC).date()  # an answer of an unknown day is not kept longer than the day
        self._released.update({(reporter, period): str(one.released or today) for period, one in found.items()})
        return [found[period] for period in sorted(found)]

    def totals(self, request: Request) -> list[dict[str, Any]]:
        """The rows of all goods to and from the world: which flows were reported at all."""
        whole = self._whole(request, {"partnerCode": "0"})
        return [row for _, rows in whole for row in rows if isinstance(row, dict)]

    def answers(self, request: Request) -> None:
        """Ask, and list what was received in ``received``."""
        for one, _ in self._whole(request, {}):
            self.received.append((one, self._path(one, {})))

    def _whole(self, request: Request, more: Mapping[str, str]) -> Iterator[tuple[Request, list[Any]]]:
        """The question, or the parts of it that are each answered in full, with their rows."""
        waiting, done = [request], 0
        while waiting:
            one = waiting.pop(0)
            self._step(f"reporter {one.reporter}", done, done + len(waiting) + 1)
            rows = self._parsed(self._kept(one, more), f"answer on reporter {one.reporter}")
            if len(rows) >= self._rows:
                waiting = [*one.halves(), *waiting]
            else:
                done += 1
                yield one, rows

    def _parsed(self, body: bytes, name: str) -> list[Any]:
        """The rows of an answer; a key that the server repeats in an error is not shown."""
        try:
            return parsed(body, name)
        except StraitsError as error:
            raise StraitsError(self._without_key(str(error))) from None

    def _without_key(self, text: str) -> str:
        return text.replace(self._key, "...") if self._key else text

    def used(self) -> list[tuple[Path, str]]:
        """The files of the answers that were read, with their addresses."""
        return [(path, self._files[path]) for _, path in self.received]

    def forget(self) -> None:
        """Remove the answers, which are stored now."""
        for path in self._files:
            path.unlink(missing_ok=True)

    def _parameters(self, request: Request, more: Mapping[str, str]) -> dict[str, str]:
        return {
            "reporterCode": str(request.reporter),
            "period": ",".join(request.periods),
            "flowCode": ",".join(request.flows),
            "cmdCode": ",".join(request.products or [EVERY_PRODUCT]),
            "partner2Code": "0",
            "customsCode": "C00",
            "motCode": "0",
            "breakdownMode": "classic",
            "maxRecords": str(self._rows),
            "includeDesc": "false",
            **more,
        }

    def _place(self) -> str:
        return f"{'get' if self._key else 'preview'}/C/{self._freq}/HS"

    def _path(self, request: Request, more: Mapping[str, str]) -> Path:
        """The file of an answer: named after the question and the releases that it was asked of."""
        released = [self._released.get((request.reporter, period), "") for period in request.periods]
        asked = json.dumps([self._base, self._place(), self._parameters(request, more), released], sort_keys=True)
        return self._folder / f"{hashlib.sha256(asked.encode()).hexdigest()[:24]}.json"

    def _kept(self, request: Request, more: Mapping[str, str]) -> bytes:
        """The answer to a question: the one kept from before, else the server's, which is kept."""
        path, parameters = self._path(request, more), self._parameters(request, more)
        self._files[path] = self._shown(self._place(), parameters)
        if not path.exists():
            body = self._get(self._place(), parameters)
            self._parsed(body, f"answer on reporter {request.reporter}")
            put(path, body)
        return path.read_bytes()

    def _shown(self, place: str, parameters: Mapping[str, str]) -> str:
        return f"{without_secrets(self._address(place))}?{urlencode(parameters, safe=',')}"

    def _address(self, place: str) -> str:
        return f"{self._base}/{'data' if self._key else 'public'}/v1/{place}"

    def _get(self, place: str, parameters: Mapping[str, str]) -> bytes:
        import httpx
        import stamina

        quiet_retries()

        @stamina.retry(on=retry_after, attempts=6, wait_initial=1.0, wait_max=60.0, timeout=None)
        def once() -> bytes:
            answer = self._client.get(self._address(place), params=dict(parameters))
            answer.raise_for_status()
            return bytes(answer.content)

        shown = self._shown(place, parameters)
        try:
            return once()
        except httpx.HTTPStatusError as error:
            raise StraitsError(f"{shown}: {self._refusal(error.response)}") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise StraitsError(
                f"{shown}: {error or type(error).__name__}; check the connection and run the same command again: "
                "what was received is kept"
            ) from error

    def _refusal(self, answer: Any) -> str:
        """Why the server refused, in its words, and what to do."""
        said = ""
        try:
            body = answer.json()
            said = str(body.get("message") or body.get("error") or "") if isinstance(body, dict) else ""
        except ValueError:
            pass
        words = f" ({self._without_key(said)[:300]})" if said else ""
        what = {401: f"check the key ({KEY})", 403: "check the key, or wait until its quota is renewed"}
        wait = asked_wait(answer.headers)
        again = f"wait {wait:.0f} s, then " if wait else ""
        todo = what.get(answer.status_code, f"{again}run the same command again: what was received is kept")
        return f"the server answered {answer.status_code}{words}; {todo}"


def _availability(row: Any, name: str, place: int) -> Available | None:
    """One row of what is available; ``None`` for another classification than the HS."""
    if not isinstance(row, dict) or "period" not in row or "classificationCode" not in row:
        raise refuse(name, place, "no period and classificationCode in it")
    nomenclature = NOMENCLATURES.get(str(row["classificationCode"]))
    if nomenclature is None:
        return None
    text = str(row.get("lastReleased") or row.get("firstReleased") or "")[:10]
    try:
        released = dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise refuse(name, place, f"lastReleased is {text}: must be a day") from None
    return Available(str(row["period"]), nomenclature, released, bool(row.get("isOriginalClassification", True)))
