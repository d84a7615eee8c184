"""The screen of one year, four ways, and the check that they find the same."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import duckdb

from contenders import CONTENDERS
from measuring import Measured, child, in_turns, say

CLOSE = 1e-9
KEYS = ("dependent", "period", "product")
TIED = {
    "top_supplier": "select product, importer as buyer, exporter, value_usd as usd from trade",
    "top_exporter": "select product, '' as buyer, exporter, sum(value_usd) as usd from trade group by all",
}


def run(home: Path, year: int, repeats: int) -> dict[str, Measured]:
    """Compare what the contenders find, then time them in turns."""
    with tempfile.TemporaryDirectory() as folder:
        found = {name: Path(folder) / f"{name}.parquet" for name in CONTENDERS}
        for name, path in found.items():
            say(f"{name}, for comparison")
            child("contenders.py", name, home, year, path)
        for name in list(found)[1:]:
            child("screening.py", found["ours"], found[name], home / "versions", year)
    return in_turns({name: ("contenders.py", name, home, year) for name in CONTENDERS}, repeats)


def differences(ours: Path, other: Path, trade: Path) -> dict[str, int]:
    """Rows that differ, by column: numbers by more than a billionth, names unless both name a largest one."""
    connection = duckdb.connect()
    connection.execute(f"create table ours as from '{ours}'; create table other as from '{other}'")
    connection.execute(f"create view trade as from '{trade}'")
    kinds = {name: str(kind) for name, kind, *_ in connection.execute("describe ours").fetchall()}
    checks = {name: _differs(name, kind) for name, kind in kinds.items() if name not in (*KEYS, *TIED)}
    counted = ", ".join(f"count(*) filter ({check}) as {name}" for name, check in checks.items())
    row = connection.execute(f"""
        select count(*) filter (a.product is null or b.product is null) as missing_rows, {counted}
        from ours a full join other b on a.dependent = b.dependent and a.product = b.product
    """)
    found = dict(zip([column[0] for column in row.description], row.fetchone() or (), strict=True))
    for name, amounts in TIED.items():
        row = connection.execute(f"""
            with amounts as ({amounts}), pairs as (
                select a.dependent, a.product, a.{name} as one, b.{name} as another
                from ours a join other b on a.dependent = b.dependent and a.product = b.product
                where a.{name} is distinct from b.{name}
            )
            select count(*) from pairs p
            left join amounts x on x.product = p.product and x.buyer in ('', p.dependent) and x.exporter = p.one
            left join amounts y on y.product = p.product and y.buyer in ('', p.dependent) and y.exporter = p.another
            where x.usd is distinct from y.usd
        """)
        found[name] = (row.fetchone() or (0,))[0]
    return found


def _differs(name: str, kind: str) -> str:
    if kind == "BOOLEAN":
        return f"a.{name} is distinct from b.{name}"
    near = f"abs(a.{name} - b.{name}) <= {CLOSE} * greatest(abs(a.{name}), abs(b.{name}), 1e-9)"
    return f"not coalesce({near}, a.{name} is null and b.{name} is null)"


def main(ours: str, other: str, versions: str, year: str) -> None:
    """Compare two results; refuse a difference."""
    (trade,) = Path(versions).glob(f"*/trade/{year}.parquet")
    wrong = {name: count for name, count in differences(Path(ours), Path(other), trade).items() if count}
    if wrong:
        sys.exit(f"{Path(other).stem} differs from ours: rows by column {wrong}")
    print(json.dumps({"same": True}))


if __name__ == "__main__":
    main(*sys.argv[1:])
