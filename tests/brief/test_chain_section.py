"""The section on chains: what is drawn, who can stop it for either side, what is left, and what is not known."""

import re
from xml.etree import ElementTree

import pytest

from straits import chains
from straits.assess.assessment import Assessor
from straits.brief import chained, reports
from straits.brief.document import Document, Figure, Items, Paragraph, Table
from straits.brief.render import to_html, to_markdown
from straits.brief.technology import technology_brief
from straits.casebook.load import load
from straits.vocabulary.materials import materials


@pytest.fixture(scope="module")
def book():
    return load()


@pytest.fixture(scope="module")
def known(book):
    return reports.entries(book)


def told(section):
    texts = []
    for block in section.blocks:
        for one in block.entries if isinstance(block, Items) else (block,):
            texts.append(
                one.text if isinstance(one, Paragraph) else one.caption if isinstance(one, Table) else one.alt
            )
    return " ".join(texts)


def tables(section):
    return [block for block in section.blocks if isinstance(block, Table)]


@pytest.mark.parametrize(
    "subject", ["gallium", "graphite", "germanium", "rare-earths", "aluminium/bauxite", "wireless"]
)
def test_a_subject_with_a_chain_gets_drawing_both_directions_unknowns_and_sources(subject, known):
    section = chained.section(subject, ("EU27", "CHN"), known)
    drawings = [block for block in section.blocks if isinstance(block, Figure)]
    assert drawings and all(drawing.form == "chain" and len(drawing.words) > 100 for drawing in drawings)
    captions = [table.caption for table in tables(section)]
    assert any(caption.startswith("What China could withhold from the EU27") for caption in captions)
    assert any(caption.startswith("What the EU27 could withhold from China") for caption in captions)
    assert "Not known " in told(section)
    assert all(block.refs for block in section.blocks if not isinstance(block, Items) and block.basis)


def test_what_a_chain_says_is_marked_as_derived_and_nothing_else_is(known):
    section = chained.section("gallium", ("EU27", "CHN"), known)
    assert {block.basis for block in tables(section)} == {"derived"}
    stated = [block for block in section.blocks if isinstance(block, Paragraph) and block.basis == "stated"]
    assert [block.text for block in stated] == [chains.load("gallium").summary]


def test_the_grades_of_gallium_are_told_apart(known):
    section = chained.section("gallium", ("EU27", "CHN"), known)
    china = next(table for table in tables(section) if table.caption.startswith("What China"))
    shares = {row[0]: row[1] for row in china.rows}
    assert shares["Gallium, low purity"] == "95 to 100 %"
    assert shares["Gallium, high purity"] == "unknown (0 to 100 %)"


def test_a_restriction_that_is_in_force_is_told_with_its_place(known):
    section = chained.section("gallium", ("EU27", "CHN"), known)
    entries = [one for block in section.blocks if isinstance(block, Items) for one in block.entries]
    (first, *_) = [one for one in entries if one.text.startswith("Already restricted by China against everyone")]
    assert "Gallium, low purity, since 2023-08" in first.text
    assert first.basis == "stated" and first.refs and first.locator


def test_the_drawing_is_for_the_side_whom_most_can_stop(known):
    section = chained.section("lithography", ("EU27", "CHN"), known)
    titles = [block.title for block in section.blocks if isinstance(block, Figure)]
    assert any("for China: the Netherlands alone can stop EUV scanner" in title for title in titles)


def test_no_chain_no_section(known):
    assert chained.section("blockchain", ("EU27", "CHN"), known) is None


def test_a_chain_of_which_the_subject_is_a_small_part_is_named_and_not_drawn(known):
    section = chained.section("gallium", ("EU27", "CHN"), known)
    assert len([block for block in section.blocks if isinstance(block, Figure)]) == 1
    assert "too, not drawn here" in told(section)


def test_bauxite_is_found_under_its_metal():
    assert chained.subjects_of("bauxite") == ["aluminium/bauxite"]
    assert chained.subjects_of("gallium") == ["gallium"]
    assert chained.subjects_of("tungsten") == []


def test_every_material_of_a_chain_has_the_section(known):
    with_chain = [name for name in materials() if chained.subjects_of(name)]
    assert {"gallium", "germanium", "graphite", "rare-earths", "bauxite", "cobalt", "nickel", "lithium"} <= set(
        with_chain
    )
    for name in with_chain:
        (subject, *_) = chained.subjects_of(name)
        assert chained.section(subject, ("EU27", "CHN"), known) is not None, name


def test_what_the_chains_say_against_a_judgement_stands_under_it_in_the_brief(book):
    document = technology_brief(book, "lithography", "EU27", "CHN")
    leverage = next(section for section in document.sections if section.id == "leverage")
    last = leverage.blocks[-1]
    assert isinstance(last, Items)
    assert {entry.basis for entry in last.entries} == {"derived"}
    assert any("On hard chokepoint the chains say 'no' for" in entry.text for entry in last.entries)
    found = Assessor.shipped().assess("lithography")
    for entry in last.entries:
        outcome = entry.command.rpartition(" ")[2]
        assert any(outcome in {o.id for o in result.protocol.outcomes} for result in found.results.values())


def page(known):
    section = chained.section("lithography", ("EU27", "CHN"), known)
    used = dict.fromkeys(
        ref
        for block in section.blocks
        for one in (block.entries if isinstance(block, Items) else (block,))
        for ref in one.refs
    )
    sources = tuple(known[ref] for ref in used)
    return Document("Chains", "", ("One.",), "high", "Because.", (section,), sources, "chains", {})


def test_each_drawing_names_and_describes_itself_once_and_ids_are_unique(known):
    html = to_html(page(known))
    heads = re.findall(r"<svg [^>]*>", html)
    assert len(heads) == 2
    for head in heads:
        assert head.count("role=") == head.count("aria-labelledby=") == head.count("aria-describedby=") == 1
        for name in re.findall(r'aria-(?:labelledby|describedby)="([^"]+)"', head):
            assert html.count(f'id="{name}"') == 1
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    for svg in re.findall(r"<svg .*?</svg>", html, flags=re.S):
        ElementTree.fromstring(svg)


def test_the_drawing_stands_in_words_too(known):
    document = page(known)
    assert to_html(document).count("<summary>The drawing in words</summary>") == 2
    assert "EUV scanner: Netherlands 100 %" in to_markdown(document)
