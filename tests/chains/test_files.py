"""Chain files: what they may say, and the errors of broken ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from chains.conftest import Write
from straits import chains
from straits.chains.files import load
from straits.chains.model import Chain, Cited, Interval
from straits.chains.writing import write_folder
from straits.vocabulary.errors import StraitsError

GOOD = """\
chain: small
name: Small
as_of: 2024
stages:
  - {id: tools, name: Tools}
providers:
  - {id: maker, name: Maker, home: NLD}
items:
  - id: tool
    name: Tool
    kind: equipment
    stage: tools
    providers:
      - {provider: maker, share: 60, modes: {spares: 1..12}}
      - {provider: JPN, share: 30..40}
  - id: part
    name: Part
    kind: component
    providers:
      - {provider: unnamed}
  - id: product
    name: Product
    kind: product
    recipes:
      - inputs: [tool, part]
"""


def test_a_good_file_loads(write: Write) -> None:
    chain = load(write(GOOD))
    assert chain.goals == ("product",)
    assert [row.share.to_list() for row in chain.provisions_of["tool"]] == [[0.6, 0.6], [0.3, 0.4]]
    assert chain.provisions_of["part"][0].share.unknown == "not stated"


BROKEN = {
    "made of itself": (
        "    providers:\n      - {provider: unnamed}\n",
        "    recipes:\n      - inputs: [product]\n",
        "small.yaml, line 16, part: made of itself: part <- product <- part",
    ),
    "a recipe without inputs": (
        "      - inputs: [tool, part]",
        "      - name: by magic",
        "small.yaml, line 25, inputs: recipe 'product-1' has no inputs: name what it is made from",
    ),
    "shares over 100": (
        "share: 30..40",
        "share: 45",
        "small.yaml, line 15, share: the shares of tool add up to 105 % (maker 60, JPN 45): at most 100",
    ),
    "an input nobody provides": (
        "    providers:\n      - {provider: unnamed}\n",
        "",
        "small.yaml, line 16, part: nobody provides it and nothing makes it",
    ),
    "the same item twice": (
        "  - id: part\n    name: Part",
        "  - id: part\n    name: Tool",
        "small.yaml, line 16, part: the same item as in small.yaml, line 9 ('tool'): keep one of them",
    ),
    "an unknown provider": (
        "{provider: maker, share",
        "{provider: makr, share",
        "small.yaml, line 14, provider: no provider 'makr': did you mean maker?",
    ),
    "an interval from high to low": (
        "share: 30..40",
        "share: 40..30",
        "small.yaml, line 15, share: interval '40..30' runs from high to low",
    ),
    "an unknown mode": (
        "{spares: 1..12}",
        "{spare: 1..12}",
        "small.yaml, line 14, modes: no mode 'spare': did you mean spares?",
    ),
    "an unknown item": (
        "inputs: [tool, part]",
        "inputs: [tool, prat]",
        "small.yaml, line 25, item: no item 'prat' in this chain: did you mean part?",
    ),
    "a number in another format": (
        "share: 60,",
        "share: '60,5',",
        "small.yaml, line 14, share: '60,5' is not a number: write 12.5 (point, no thousands separator, no % sign)",
    ),
    "a share over 100": ("share: 60,", "share: 160,", "small.yaml, line 14, share: '160' is outside 0 to 100"),
    "an unknown field": (
        "kind: component",
        "kind: component\n    sahre: 5",
        "small.yaml, line 19, sahre: not known here",
    ),
    "an unknown kind": ("kind: component", "kind: gadget", "small.yaml, line 18, kind: write 'material'"),
    "an unknown stage": (
        "stage: tools",
        "stage: tolls",
        "small.yaml, line 12, stage: no stage 'tolls': did you mean tools?",
    ),
    "a place that is none": (
        "home: NLD",
        "home: Nowhere",
        "small.yaml, line 7, home: 'Nowhere' is no economy or region",
    ),
    "no YAML": ("name: Small\n", "name: Small: large\n", "small.yaml, line 2: not YAML: mapping values"),
    "a field twice": (
        "    name: Part\n",
        "    name: Part\n    name: Again\n",
        "small.yaml, line 18, items[2].name: 'name' is written twice",
    ),
    "an exclusive source with another": (
        "{provider: maker, share: 60,",
        "{provider: maker, share: 60, exclusive: true,",
        "small.yaml, line 15, share: maker is called the exclusive source of tool in small.yaml, line 14, yet JPN",
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_file_gets_one_clear_error(fault: str, write: Write) -> None:
    old, new, message = BROKEN[fault]
    assert old in GOOD
    with pytest.raises(StraitsError) as caught:
        load(write(GOOD.replace(old, new)))
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_all_faults_of_a_file_are_reported_at_once(write: Write) -> None:
    with pytest.raises(StraitsError, match="2 faults") as caught:
        load(write(GOOD.replace("share: 60,", "share: '60,5',").replace("share: 30..40", "share: 40..30")))
    assert "line 14" in str(caught.value)
    assert "line 15" in str(caught.value)


def bare(chain: Chain) -> Chain:
    """The chain without the places in its file."""

    def plain(cited: Cited) -> Cited:
        return replace(cited, place="")

    return replace(
        chain,
        items={key: replace(item, cited=plain(item.cited)) for key, item in chain.items.items()},
        recipes={key: replace(recipe, cited=plain(recipe.cited)) for key, recipe in chain.recipes.items()},
        providers={key: replace(provider, cited=plain(provider.cited)) for key, provider in chain.providers.items()},
        provisions=tuple(replace(row, cited=plain(row.cited)) for row in chain.provisions),
        controls=tuple(replace(row, cited=plain(row.cited)) for row in chain.controls),
        markets=tuple(replace(row, cited=plain(row.cited)) for row in chain.markets),
    )


@pytest.mark.parametrize("name", chains.ids())
def test_a_chain_written_as_csv_loads_as_the_same_chain(name: str, tmp_path: Path) -> None:
    chain = load(name)
    assert bare(load(write_folder(chain, tmp_path / "folder"))) == bare(chain)


def test_a_fault_in_a_csv_folder_names_its_file_and_line(lithography: Chain, tmp_path: Path) -> None:
    folder = write_folder(lithography, tmp_path / "folder")
    table = folder / "provisions.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("93.3", "93,3"), encoding="utf-8")
    with pytest.raises(StraitsError, match=r"provisions\.csv, line 7: 19 cells under 18|provisions\.csv, line \d+"):
        load(folder)


def test_the_skeleton_loads_and_is_not_written_over(tmp_path: Path) -> None:
    path = chains.new("My chain", tmp_path)
    assert load(path).goals == ("product",)
    with pytest.raises(StraitsError, match="exists"):
        chains.new("My chain", tmp_path)


def test_an_unknown_chain_names_the_nearest() -> None:
    with pytest.raises(StraitsError, match=r"no chain 'lithography-7mn': did you mean lithography-7nm\?"):
        load("lithography-7mn")


def test_every_shipped_provision_has_a_source_and_a_locator() -> None:
    for name in chains.ids():
        for row in load(name).provisions:
            assert row.cited.source, row.cited.place
            assert row.cited.locator, row.cited.place


def test_evidence_of_shipped_chains_is_in_the_casebook() -> None:
    from straits.casebook import load as casebook

    book = casebook.load()
    known = {row[0] for row in book.database.execute("select id from record")}
    for name in chains.ids():
        chain = load(name)
        cited = [
            row.cited for row in (*chain.provisions, *chain.recipes.values(), *chain.items.values(), *chain.controls)
        ]
        for fact in cited:
            assert set(fact.evidence) <= known, fact.place


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("12.5", 0.125, 0.125),
        ("~12", 0.12, 0.12),
        (">50", 0.5, 1),
        ("<=10", 0, 0.1),
        ("60..70", 0.6, 0.7),
        ("20..", 0.2, 1),
    ],
)
def test_values_are_read_as_intervals(text: str, low: float, high: float, write: Write) -> None:
    text = GOOD.replace("share: 30..40", f"share: '{text}'").replace("share: 60", "share: 0")
    share = load(write(text)).provisions_of["tool"][1].share
    assert (share.low, share.high) == (low, high)


def test_unknown_is_the_whole_scale_with_its_reason(write: Write) -> None:
    chain = load(write(GOOD.replace("share: 30..40", 'share: "unknown: figure lost"')))
    assert chain.provisions_of["tool"][1].share == Interval(0.0, 1.0, "figure lost")


def test_a_place_may_be_several_or_all_but_some(write: Write) -> None:
    text = GOOD.replace("{provider: JPN, share: 30..40}", "{provider: unnamed, location: AUS+JPN, owner: not NLD}")
    row = load(write(text)).provisions_of["tool"][1]
    chain = load(write(text))
    assert chain.members(row.location) == {"AUS", "JPN"}
    assert "NLD" not in chain.members(row.owner)
    assert {"AUS", "CHN", "DEU"} <= chain.members(row.owner)
    assert chain.names["not NLD"] == "outside Netherlands, not known where"


@pytest.mark.parametrize("place", ["not CHNN", "AUS+JPPN", "not"])
def test_a_place_with_an_unknown_part_is_refused(place: str, write: Write) -> None:
    with pytest.raises(StraitsError, match="is no economy or region: write CHN, EU27"):
        load(write(GOOD.replace("{provider: JPN, share: 30..40}", f"{{provider: unnamed, location: {place}}}")))


def test_a_stated_unknown_share_stays_unknown_though_it_is_called_negligible(write: Write) -> None:
    text = GOOD.replace("share: 30..40", 'share: "unknown: lost", negligible: true')
    assert load(write(text)).provisions_of["tool"][1].share == Interval(0.0, 1.0, "lost")


def test_a_control_may_have_ended(write: Write, tmp_path: Path) -> None:
    text = GOOD + "controls:\n  - {item: tool, by: [NLD], against: [world], since: 2023-08, until: 2025-11}\n"
    chain = load(write(text))
    assert chain.controls[0].until == "2025-11"
    assert load(write_folder(chain, tmp_path / "folder")).controls[0].until == "2025-11"
