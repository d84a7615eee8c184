"""Small Comext files in Eurostat's two layouts, made from a seed, and what must be in the store of them.

``flows`` are the truth: the parts of each flow by statistical procedure.  ``text_of`` writes them as Eurostat does,
with TOTAL and chapters beside them; ``truth`` adds them up by hand.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from sources.loopback import Loopback, Quiet

NOW = ["REPORTER", "PARTNER", "TRADE_TYPE", "PRODUCT_NC", "PRODUCT_SITC", "PRODUCT_CPA21", "PRODUCT_CPA22", "PRODUCT_BEC", "PRODUCT_BEC5", "PRODUCT_SECTION", "FLOW", "STAT_PROCEDURE", "SUPPL_UNIT", "PERIOD", "VALUE_EUR", "VALUE_NAC", "QUANTITY_KG", "QUANTITY_SUPPL_UNIT"]  # fmt: skip
BEFORE = ["DECLARANT", "DECLARANT_ISO", "PARTNER", "PARTNER_ISO", "TRADE_TYPE", "PRODUCT_NC", "PRODUCT_SITC", "PRODUCT_cpa2002", "PRODUCT_cpa2008", "PRODUCT_CPA2_1", "PRODUCT_BEC", "PRODUCT_SECTION", "FLOW", "STAT_REGIME", "SUPP_UNIT", "PERIOD", "VALUE_IN_EUROS", "QUANTITY_IN_KG", "SUP_QUANTITY"]  # fmt: skip
REPORTERS = {"DE": "DEU", "FR": "FRA", "GR": "GRC"}
PARTNERS = {"CN": "CHN", "US": "USA", "GB": "GBR", "XI": "GBR", "XS": "SRB", "RS": "SRB", "XK": "XKX", "QV": "_X",
            "QX": "_X", "ZZ": "_X"}  # fmt: skip
PRODUCTS = ("25041000", "28053010", "85423190", "25XXXXXX")
Flow = dict[str, object]


def flows(period: str, seed: int = 1, partners: Iterable[str] = PARTNERS) -> list[Flow]:
    """One flow a row, under the newer names; some of them with several procedures, some without mass."""
    chance = random.Random(f"{seed}/{period}")
    found: list[Flow] = []
    for reporter in REPORTERS:
        for partner in partners:
            for product in PRODUCTS:
                for flow in "12":
                    for procedure in chance.choice(["1", "1", "13", "129"]):
                        value, kg = chance.randrange(0, 10**7), chance.choice([chance.randrange(10**6)] * 5 + [0])
                        pieces = chance.randrange(10**4)
                        found.append(one(reporter, partner, product, flow, procedure, period, value, kg, pieces))
    return found


def one(
    reporter: str, partner: str, product: str, flow: str, procedure: str, period: str, value: int, kg: int,
    pieces: int = 0, trade_type: str = "E",
) -> Flow:  # fmt: skip
    """One row under the newer names."""
    counted = product.startswith("85")
    return {
        "REPORTER": reporter, "PARTNER": partner, "TRADE_TYPE": trade_type, "PRODUCT_NC": product,
        "PRODUCT_SITC": "27822", "PRODUCT_CPA21": "0899", "PRODUCT_CPA22": "0899", "PRODUCT_BEC": "210",
        "PRODUCT_BEC5": "111110", "PRODUCT_SECTION": "05", "FLOW": flow, "STAT_PROCEDURE": procedure,
        "SUPPL_UNIT": "PCE" if counted else "NO_SU", "PERIOD": period, "VALUE_EUR": value, "VALUE_NAC": value,
        "QUANTITY_KG": kg, "QUANTITY_SUPPL_UNIT": pieces if counted else 0,
    }  # fmt: skip


def sums(found: Iterable[Flow]) -> list[Flow]:
    """TOTAL and chapters of all flows, as sums beside them."""
    totals: dict[tuple[object, ...], int] = defaultdict(int)
    for row in found:
        for product in ("TOTAL", str(row["PRODUCT_NC"])[:2]):
            totals[row["REPORTER"], row["PARTNER"], product, row["FLOW"], row["PERIOD"]] += int(str(row["VALUE_EUR"]))
    return [
        one(str(reporter), str(partner), str(product), str(flow), "1", str(period), value, 0)
        for (reporter, partner, product, flow, period), value in totals.items()
    ]


def truth(found: Iterable[Flow]) -> dict[tuple[str, str, str, str, str], tuple[float, float | None]]:
    """What must be stored: (period, reporter, flow, partner, product) to (EUR, kg)."""
    added: dict[tuple[str, str, str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in found:
        period = str(row["PERIOD"]).removesuffix("52") if str(row["PERIOD"]).endswith("52") else str(row["PERIOD"])
        key = (
            period, REPORTERS[str(row["REPORTER"])], {"1": "M", "2": "X"}[str(row["FLOW"])],
            PARTNERS[str(row["PARTNER"])], str(row["PRODUCT_NC"]),
        )  # fmt: skip
        added[key][0] += int(str(row["VALUE_EUR"]))
        added[key][1] += int(str(row["QUANTITY_KG"]))
    return {key: (float(value), None if value and not kg else float(kg)) for key, (value, kg) in added.items()}


def text_of(found: Iterable[Flow], layout: list[str] = NOW) -> str:
    """The rows as Eurostat writes them, in either layout."""
    older = dict(zip(
        ("DECLARANT_ISO", "PARTNER_ISO", "STAT_REGIME", "SUPP_UNIT", "VALUE_IN_EUROS", "QUANTITY_IN_KG", "SUP_QUANTITY"),
        ("REPORTER", "PARTNER", "STAT_PROCEDURE", "SUPPL_UNIT", "VALUE_EUR", "QUANTITY_KG", "QUANTITY_SUPPL_UNIT"),
        strict=True,
    ))  # fmt: skip
    if layout is BEFORE:
        found = [
            {**row, "DECLARANT": "001", **{a: row[b] for a, b in older.items()}} | {"PARTNER": "0003"}
            for row in found
        ]
    lines = [",".join(layout), *(",".join(str(row.get(name, "")) for name in layout) for row in found)]
    return "".join(line + "\n" for line in lines)


def written(path: Path, text: str) -> Path:
    """A text as .7z (with the .dat in it) or plain."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".7z":
        import py7zr

        with py7zr.SevenZipFile(path, "w") as archive:
            archive.writestr(text, f"{path.stem.replace('_v2', '')}.dat")
    else:
        path.write_text(text, encoding="utf-8", newline="")
    return path


def full(folder: Path, period: str, kind: str = ".7z", seed: int = 1, layout: list[str] = NOW) -> Path:
    """A full file of a month (or year, 52) under Eurostat's name."""
    name = f"full_v2_{period}" if layout is NOW else f"full{period}"
    found = flows(period, seed)
    return written(folder / f"{name}{kind}", text_of([*found, *sums(found)], layout))


class Eurostat(Loopback):
    """A server of full files; ``script`` says what goes wrong with the next requests: a status, ``cut``, ``page``."""

    def __init__(self, file: Callable[[str], bytes | None], modified: str | None) -> None:
        self.asked: list[str] = []
        self.script: list[int | str] = []
        outer = self

        class Handler(Quiet):
            def answer(self) -> None:
                name = parse_qs(urlsplit(self.path).query)["file"][0]
                outer.asked.append(name)
                todo = outer.script.pop(0) if outer.script else 200
                data = file(name)
                if isinstance(todo, int) and todo != 200:
                    self.reply(b"", todo)
                elif data is None:
                    self.reply(b"", 404)
                else:
                    headers = {"Last-Modified": modified} if modified else {}
                    self.reply(b"<html>busy</html>" if todo == "page" else data, headers=headers, cut=todo == "cut")

        super().__init__(Handler)

    @property
    def url(self) -> str:
        return f"{self.address}/files"
