"""Small UN Comtrade files and a small UN Comtrade: made from a seed, with all the sums and parts that it publishes.

``flows`` are the truth: one number for each partner code.  ``rows`` writes them as the publisher does, each flow as a
whole and in parts, with World rows, chapters, re-exports; ``truth`` says what must be in the store, by plain addition.
"""

from __future__ import annotations

import gzip
import json
import random
import zipfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sources.loopback import Loopback, Quiet

COLUMNS = (
    "datasetCode", "typeCode", "freqCode", "refPeriodId", "refYear", "refMonth", "period", "reporterCode", "flowCode",
    "partnerCode", "partner2Code", "classificationCode", "isOriginalClassification", "cmdCode", "aggrLevel", "isLeaf",
    "customsCode", "mosCode", "motCode", "qtyUnitCode", "qty", "isQtyEstimated", "altQtyUnitCode", "altQty",
    "isAltQtyEstimated", "netWgt", "isNetWgtEstimated", "grossWgt", "isGrossWgtEstimated", "cifvalue", "fobvalue",
    "primaryValue", "legacyEstimationFlag", "isReported", "isAggregate",
)  # fmt: skip
PARTNERS = {842: "USA", 757: "CHE", 579: "NOR", 699: "IND", 251: "FRA", 490: "TWN", 276: "DEU", 280: "DEU", 899: "_X",
            850: "_X", 492: "_X", 9990: "_X"}  # fmt: skip
REPORTERS = {156: "CHN", 842: "USA", 276: "DEU"}
PRODUCTS = ("250410", "280530", "854231")
Row = dict[str, Any]


def row(
    period: str,
    reporter: int,
    flow: str,
    partner: int,
    product: str,
    value: float | None,
    kg: float | None,
    **more: Any,
) -> Row:
    """One row with all of the publisher's fields; ``more`` replaces any of them."""
    month = period[4:] or "52"
    level = 0 if product == "TOTAL" else len(product)
    return {
        "datasetCode": 20156202301200, "typeCode": "C", "freqCode": "M" if len(period) == 6 else "A",
        "refPeriodId": int(f"{period[:4]}{period[4:] or '01'}01"), "refYear": int(period[:4]), "refMonth": int(month),
        "period": period, "reporterCode": reporter, "flowCode": flow, "partnerCode": partner, "partner2Code": 0,
        "classificationCode": "H6", "isOriginalClassification": True, "cmdCode": product, "aggrLevel": level,
        "isLeaf": level == 6, "customsCode": "C00", "mosCode": "0", "motCode": 0, "qtyUnitCode": -1, "qty": 0,
        "isQtyEstimated": False, "altQtyUnitCode": -1, "altQty": 0, "isAltQtyEstimated": False, "netWgt": kg,
        "isNetWgtEstimated": False, "grossWgt": 0, "isGrossWgtEstimated": False,
        "cifvalue": value if flow == "M" else None, "fobvalue": None if flow == "M" else value, "primaryValue": value,
        "legacyEstimationFlag": 0, "isReported": False, "isAggregate": True,
    } | more  # fmt: skip


def flows(period: str, reporter: int, seed: int = 1) -> list[tuple[str, int, str, float, float | None]]:
    """``(flow, partner code, product, USD, kg)``, some of them missing, some masses not reported."""
    chance = random.Random(f"{seed}/{period}/{reporter}")
    found = []
    for flow in ("X", "M"):
        for product in PRODUCTS:
            for partner in chance.sample(sorted(PARTNERS), 9):
                kg = chance.choice([chance.randrange(1, 10**8) / 100] * 9 + [None])
                found.append((flow, partner, product, chance.randrange(1, 10**9) / 1000, kg))
    return found


def rows(period: str, reporter: int, seed: int = 1) -> list[Row]:
    """What Comtrade publishes of the flows: wholes, parts by procedure and transport, sums of all kinds, re-exports."""
    found: list[Row] = []
    world: dict[tuple[str, str], float] = defaultdict(float)
    for flow, partner, product, value, kg in flows(period, reporter, seed):
        estimated = partner == 842
        found.append(row(period, reporter, flow, partner, product, value, kg, isNetWgtEstimated=estimated))
        if partner in {842, 276}:
            found.append(row(period, reporter, flow, partner, product, value / 2, kg, customsCode="C01"))
            found.append(row(period, reporter, flow, partner, product, value / 2, kg, motCode=1000))
            found.append(row(period, reporter, flow, partner, product, value, kg, partner2Code=344))
        if flow == "X" and partner == 490:
            found.append(row(period, reporter, "RX", partner, product, value / 3, kg))
        for sum_of in (product, product[:4], product[:2], "TOTAL"):
            world[flow, sum_of] += value
    for (flow, product), value in sorted(world.items()):
        found.append(row(period, reporter, flow, 0, product, value, 0))
    return found


def truth(
    periods: Iterable[str], reporters: Iterable[int], products: Iterable[str] = PRODUCTS, seed: int = 1
) -> dict[tuple[str, str, str, str, str], tuple[float, float | None]]:
    """What must be stored, added up by hand: (period, reporter, flow, partner, product) to (USD, kg)."""
    values: dict[tuple[str, str, str, str, str], list[tuple[float, float | None]]] = defaultdict(list)
    for period in periods:
        for reporter in reporters:
            for flow, partner, product, value, kg in flows(period, reporter, seed):
                if product in products:
                    values[period, REPORTERS[reporter], flow, PARTNERS[partner], product].append((value, kg))
    return {
        key: (
            sum(v for v, _ in parts),
            None if any(kg is None for _, kg in parts) else sum(kg or 0 for _, kg in parts),
        )
        for key, parts in values.items()
    }


def text_of(found: Iterable[Row], columns: Iterable[str] = COLUMNS) -> str:
    """The rows as tab-separated text, missing values as nothing, flags as 0 and 1."""
    names = list(columns)

    def cell(value: Any) -> str:
        return "" if value is None else str(int(value)) if isinstance(value, bool) else str(value)

    lines = ["\t".join(names), *("\t".join(cell(one.get(name)) for name in names) for one in found)]
    return "".join(line + "\r\n" for line in lines)


def bulk_name(period: str, reporter: int, day: str = "2024-01-03") -> str:
    return f"COMTRADE-FINAL-C{'M' if len(period) == 6 else 'A'}{reporter:03d}{period}H6[{day}]"


def bulk(folder: Path, period: str, reporter: int, day: str = "2024-01-03", kind: str = ".gz", seed: int = 1) -> Path:
    """A bulk file under the publisher's name."""
    return written(folder / (bulk_name(period, reporter, day) + kind), text_of(rows(period, reporter, seed)))


def written(path: Path, text: str) -> Path:
    """A text as .gz, .zip or plain."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode(), mtime=0))
    elif path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{path.stem}.txt", text)
    else:
        path.write_bytes(text.encode())
    return path


def answer(found: list[Row]) -> bytes:
    return json.dumps({"elapsedTime": "0.02 secs", "count": len(found), "data": found, "error": ""}).encode()


class Comtrade(Loopback):
    """A server that answers as UN Comtrade's API does, from :func:`rows`, and at most ``limit`` rows at a time.

    ``script`` says what goes wrong with the next requests: a status, ``hang up``, ``cut``, ``error``, or bytes to send.
    ``released`` maps a period to its day of release; a period that is not in it has not been reported.  ``asked``
    lists what was asked for: the place and the parameters.
    """

    def __init__(self, released: dict[str, str | None], limit: int = 100_000) -> None:
        self.released, self.limit, self.seed = released, limit, 1
        self.script: list[int | str | bytes] = []
        self.retry_after: str | None = None
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.keys: list[str | None] = []
        self.no_imports: set[str] = set()
        outer = self

        class Handler(Quiet):
            def answer(self) -> None:
                parts = urlsplit(self.path)
                parameters = {name: values[0] for name, values in parse_qs(parts.query).items()}
                outer.asked.append((parts.path, parameters))
                outer.keys.append(self.headers.get("Ocp-Apim-Subscription-Key"))
                todo = outer.script.pop(0) if outer.script else 200
                if todo == "hang up":
                    self.hang_up()
                elif todo == "error":
                    self.reply(
                        json.dumps({"count": 0, "data": [], "error": "Maximum number of periods is 1"}).encode()
                    )
                elif isinstance(todo, bytes):
                    self.reply(todo)
                elif isinstance(todo, int) and todo != 200:
                    wait = {"Retry-After": outer.retry_after} if outer.retry_after else {}
                    refusal = {"statusCode": todo, "message": "Rate limit is exceeded."}
                    self.reply(json.dumps(refusal).encode(), todo, wait)
                else:
                    self.reply(outer.body(parts.path, parameters), cut=todo == "cut")

        super().__init__(Handler)

    @property
    def url(self) -> str:
        return self.address

    @property
    def questions(self) -> list[dict[str, str]]:
        """The parameters of the requests for data, without those for what is available and for totals."""
        return [p for place, p in self.asked if "getDa" not in place and p["cmdCode"] != "TOTAL"]

    def body(self, place: str, parameters: dict[str, str]) -> bytes:
        reporter = int(parameters["reporterCode"])
        monthly = "/C/M/" in place
        if "getDa" in place:
            return answer([self.available(reporter, p) for p in self.released if (len(p) == 6) == monthly])
        periods = parameters["period"].split(",")
        if "preview" in place and len(periods) > 1:
            return json.dumps(
                {"count": 0, "data": [], "error": "Maximum number of periods for preview is 1"}
            ).encode()
        found = [one for period in periods for one in self.of(period, reporter, parameters)]
        return answer(found[: min(self.limit, int(parameters["maxRecords"]))])

    def available(self, reporter: int, period: str) -> Row:
        day = self.released[period]
        return {
            "datasetCode": 1, "typeCode": "C", "freqCode": "M", "period": int(period), "reporterCode": reporter,
            "classificationCode": "H6", "classificationSearchCode": "HS", "isOriginalClassification": True,
            "totalRecords": 9, "datasetChecksum": 1, "firstReleased": day and f"{day}T09:00:00",
            "lastReleased": day and f"{day}T10:11:12.13",
        }  # fmt: skip

    def of(self, period: str, reporter: int, parameters: dict[str, str]) -> list[Row]:
        if period not in self.released:
            return []
        codes, flow = parameters["cmdCode"].split(","), parameters["flowCode"].split(",")
        return [
            one
            for one in rows(period, reporter, self.seed)
            if one["flowCode"] in flow
            and not (one["flowCode"] == "M" and period in self.no_imports)
            and (one["cmdCode"] in codes or (codes == ["AG6"] and one["aggrLevel"] == 6))
            and one["customsCode"] == parameters["customsCode"]
            and str(one["motCode"]) == parameters["motCode"]
            and str(one["partner2Code"]) == parameters["partner2Code"]
            and parameters.get("partnerCode", str(one["partnerCode"])) == str(one["partnerCode"])
        ]
