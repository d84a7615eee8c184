"""The ETO supply chain: every row accounted for, the known chokepoints, and the way back."""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from straits import chains
from straits.chains.eto import Imported, export_eto, import_eto
from straits.vocabulary.errors import StraitsError

pytestmark = pytest.mark.data


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def test_every_row_of_every_file_is_accounted_for(eto: Imported, eto_folder: Path) -> None:
    for name, number in (("inputs", 79), ("providers", 294), ("provision", 660), ("sequence", 93), ("stages", 3)):
        told = [row for row in eto.report.rows if row.file == f"{name}.csv"]
        assert len(told) == len(rows(eto_folder, name)) == number
        assert len({row.line for row in told}) == number


def test_every_input_is_an_item_and_every_provision_is_kept_or_named_as_repeated(
    eto: Imported, eto_folder: Path
) -> None:
    chain = eto.chain
    assert {row["input_id"] for row in rows(eto_folder, "inputs")} <= set(chain.items)
    told = Counter(row.became for row in eto.report.rows if row.file == "provision.csv")
    assert told == {"share": 206, "unknown share": 380, "negligible share": 73, "repeated": 1}
    assert len(chain.provisions) == 659
    by_id = {(row.item, row.id): row for row in chain.provisions}
    for row in rows(eto_folder, "provision"):
        kept = by_id[row["provided_id"], f"{row['provided_id']}.{row['provider_id']}"]
        if row["share_provided"]:
            assert kept.share.low == kept.share.high == pytest.approx(float(row["share_provided"].strip("%")) / 100)
        else:
            assert kept.share.unknown
            assert kept.negligible is bool(row["negligible_market_share"])


def test_every_relation_is_in_the_chain(eto: Imported, eto_folder: Path) -> None:
    chain = eto.chain
    for row in rows(eto_folder, "sequence"):
        if row["goes_into_id"]:
            assert row["input_id"] in chain.needs(row["goes_into_id"])
        if row["is_type_of_id"]:
            assert chain.items[row["input_id"]].kind_of == row["is_type_of_id"]


def test_the_netherlands_are_a_set_of_size_one_for_euv(eto: Imported) -> None:
    result = json.loads(chains.chokepoints(eto.chain, "CHN", by="economy").to_json())
    sets = {tuple(entry["denied"]): entry for entry in result["sets"]}
    assert sets["NLD",]["minimal_for"] == ["N20"]
    assert sets["NLD",]["hard"] is None
    assert {"chain", "for", "sets", "concentration", "unknowns"} <= set(result)


def test_whether_the_netherlands_stop_the_chip_depends_on_how_kinds_are_read(eto: Imported) -> None:
    result = chains.deny(eto.chain, "NLD", to="CHN")
    assert result.goals[0].stops is None
    assert "N20" in result.stops
    assert "N19" in result.may_stop
    assert any("Advanced photolithography" in unknown.what for unknown in result.unknowns)


def test_economies_for_75_percent_follow_from_the_shares_as_printed(eto: Imported, eto_folder: Path) -> None:
    countries = {
        row["provider_id"]
        for row in rows(eto_folder, "providers")
        if row["provider_type"] == "country" and row["provider_name"] != "Various"
    }
    printed: dict[str, list[float]] = {}
    open_items = set()
    for row in rows(eto_folder, "provision"):
        if row["provider_id"] in countries and row["share_provided"]:
            printed.setdefault(row["provided_id"], []).append(float(row["share_provided"].strip("%")))
        elif row["provider_id"] in countries and not row["negligible_market_share"]:
            open_items.add(row["provided_id"])
    found = {row.item: row.economies_for_75 for row in chains.chokepoints(eto.chain, "CHN").concentration}
    checked = 0
    for item, shares in printed.items():
        if item in open_items or sum(shares) < 98:
            continue
        total, number = 0.0, 0
        for share in sorted(shares, reverse=True):
            total, number = total + share, number + 1
            if total >= 75:
                break
        assert found[item] == (number, number), item
        checked += 1
    assert checked > 35


def test_the_chain_goes_out_and_comes_back(eto: Imported, tmp_path: Path) -> None:
    lost = export_eto(eto.chain, tmp_path / "out")
    again = import_eto(tmp_path / "out").chain
    assert set(again.items) == set(eto.chain.items)
    assert {(row.item, row.id.removeprefix("P")): row.share for row in again.provisions}.keys()
    assert Counter((row.item, row.share, row.location) for row in again.provisions) == Counter(
        (row.item, row.share, row.location) for row in eto.chain.provisions
    )
    assert all(again.needs(item) == eto.chain.needs(item) for item in again.items)
    assert lost == []


def test_a_missing_file_is_named(eto_folder: Path, tmp_path: Path) -> None:
    for path in eto_folder.glob("*.csv"):
        if path.stem != "sequence":
            shutil.copyfile(path, tmp_path / path.name)
    with pytest.raises(StraitsError, match=r"has no sequence\.csv"):
        import_eto(tmp_path)


def test_an_id_that_leads_nowhere_is_named_with_its_line(eto_folder: Path, tmp_path: Path) -> None:
    for path in eto_folder.glob("*.csv"):
        text = path.read_text(encoding="utf-8-sig")
        (tmp_path / path.name).write_text(text.replace("Wafer,N26,,", "Wafer,N2626,,", 1), encoding="utf-8")
    with pytest.raises(StraitsError, match=r"sequence\.csv, line \d+, goes_into_id: no input 'N2626'"):
        import_eto(tmp_path)


@pytest.mark.parametrize("dependent", ["CHN", "EU27", "USA"])
def test_every_question_answers_on_the_real_chain(eto: Imported, dependent: str) -> None:
    other = "USA" if dependent != "USA" else "CHN"
    results = [
        chains.deny(eto.chain, other, to=dependent),
        chains.chokepoints(eto.chain, dependent),
        chains.chokepoints(eto.chain, dependent, by="firm"),
        chains.exposure(eto.chain, dependent, on=other),
        chains.leverage(eto.chain, dependent, other),
        chains.relieve(eto.chain, dependent, other),
        chains.show(eto.chain, dependent),
    ]
    for result in results:
        assert json.loads(result.to_json())
        assert len(result.text()) > 50
