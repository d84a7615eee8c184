"""Small BACI releases in CEPII's own format, made from a seed, and their plain reading as an oracle.

A release is a dictionary of file names to text, so that a test can spoil one cell and write it out as a zip or folder.
"""

from __future__ import annotations

import csv
import random
import zipfile
from decimal import Decimal
from pathlib import Path

from straits.sources import baci

PRODUCTS = {
    "250410": "Graphite: natural, in powder",
    "280530": 'Earth-metals, "rare"; scandium',
    "010121": "Horses, live",
}
README = "Name of the dataset : BACI\n\nVersion : {version}\n\nFormat : csv\n"
EXTRA = (251, 490, 579, 697, 699, 757, 842)  # where BACI's codes differ from ISO's, and an area not specified

Text = dict[str, str]


def numeric_codes() -> list[int]:
    """Numeric codes of 205 economies, each another one, with those that differ from ISO's among them."""
    chosen = {baci.codes()[code]: code for code in EXTRA}
    for code, economy in sorted(baci.codes().items()):
        if economy != "_X" and len(chosen) < 206:
            chosen.setdefault(economy, code)
    return sorted(chosen.values())


def year_file(year: int, revision: str = "22", version: str = "202601") -> str:
    return f"BACI_HS{revision}_Y{year}_V{version}.csv"


def flows(year: int, seed: int = 1, partners: int = 3) -> list[list[str]]:
    """Rows ``[t, i, j, k, v, q]`` as CEPII writes them: v and q padded, a missing q as NA or as nothing."""
    chance, codes = random.Random(f"{seed}/{year}"), numeric_codes()
    rows = []
    for place, exporter in enumerate(codes):
        for distance in range(1, partners + 1):
            importer = codes[(place + distance) % len(codes)]
            for product in chance.sample(sorted(PRODUCTS), 2):
                value, mass = chance.randrange(1, 10**8), chance.randrange(1, 10**7)
                quantity = chance.choice([f"{mass / 1000:13.3f}"] * 8 + ["           NA", ""])
                rows.append([str(year), str(exporter), str(importer), product, f"{value / 1000:13.3f}", quantity])
    return rows


def text_of(rows: list[list[str]]) -> str:
    return "".join(",".join(row) + "\n" for row in [["t", "i", "j", "k", "v", "q"], *rows])


def release(
    years: tuple[int, ...] = (2021, 2022), revision: str = "22", version: str = "202601", seed: int = 1
) -> Text:
    """The files of a release, by name."""
    files = {year_file(year, revision, version): text_of(flows(year, seed)) for year in years}
    return {
        **files,
        f"country_codes_V{version}.csv": countries(),
        f"product_codes_HS{revision}_V{version}.csv": products(),
        "Readme.txt": README.format(version=version),
    }


def countries() -> str:
    """The country file: BACI's own three-letter codes, which differ from ours for Belgium-Luxembourg and two areas."""
    own = {58: "BEL", 490: "S19", 697: "R20"}
    lines = ["country_code,country_name,country_iso2,country_iso3"]
    for code in [*numeric_codes(), 58]:
        iso3 = own.get(code, baci.codes()[code])
        lines.append(f'{code},"Economy, number {code}",{iso3[:2]},{iso3}')
    return "\n".join(lines) + "\n"


def products() -> str:
    quoted = [f'{code},"{text.replace(chr(34), chr(34) * 2)}"' for code, text in sorted(PRODUCTS.items())]
    return "\n".join(["code,description", *quoted, "9999AA,Commodities not specified according to kind"]) + "\n"


def as_zip(files: Text, folder: Path, name: str = "BACI_HS22_V202601.zip") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, text in files.items():
            archive.writestr(member, text)
    return folder / name


def as_folder(files: Text, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for member, text in files.items():
        (folder / member).write_text(text, encoding="utf-8", newline="")
    return folder


def spoiled(files: Text, name: str, row: int, column: str, cell: str) -> Text:
    """The release with one cell changed; ``row`` is the row in the file, the header being row 1."""
    lines = [line.split(",") for line in files[name].splitlines()]
    lines[row - 1][lines[0].index(column)] = cell
    return {**files, name: "".join(",".join(cells) + "\n" for cells in lines)}


def plain_reading(text: str) -> dict[tuple[str, str, str], tuple[int, int | None]]:
    """What a year's file says, read with nothing but csv and Decimal: (exporter, importer, product) to (USD, kg)."""
    found = {}
    for row in csv.DictReader(text.splitlines()):
        quantity = row["q"].strip()
        key = (baci.codes()[int(row["i"])], baci.codes()[int(row["j"])], row["k"].zfill(6))
        assert key not in found
        mass = None if quantity in ("", "NA") else int(Decimal(quantity) * 1000)
        found[key] = (int(Decimal(row["v"].strip()) * 1000), mass)
    return found
