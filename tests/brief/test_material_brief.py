"""The brief of a material says what is true, in the agreed order, and the same data give the same bytes."""

import json
import re
from html.parser import HTMLParser

import pytest

import straits
from straits.brief.briefs import brief_on
from straits.brief.document import Figure, Items
from straits.brief.render import to_html, to_json, to_markdown
from straits.vocabulary.errors import StraitsError
from straits.vocabulary.materials import materials

pytestmark = pytest.mark.data

ORDER = ["imports", "thresholds", "reverse", "chain", "reports", "contradictions", "unknown"]


def test_natural_graphite_2023_is_told_with_the_known_figures(graphite):
    text = to_markdown(graphite)
    for figure in ("139.2 M USD", "31.6 %", "0.174", "Mozambique 62.5 %"):
        assert figure in text
    assert "31.6 %" in graphite.finding[0]
    assert "62.5 % from Mozambique" in graphite.finding[1]


def test_the_finding_is_two_sentences_with_a_reasoned_certainty(graphite):
    assert len(graphite.finding) == 2
    assert all(sentence.endswith(".") for sentence in graphite.finding)
    assert graphite.certainty in ("high", "medium", "low")
    assert len(graphite.certainty_because) > 40


def test_sections_come_in_the_agreed_order(graphite):
    assert [section.id for section in graphite.sections] == ORDER


def test_three_charts_say_their_finding_and_have_a_text_alternative(graphite):
    figures = [block for section in graphite.sections for block in section.blocks if isinstance(block, Figure)]
    assert [figure.form for figure in figures] == ["chart", "chart", "chart", "chain"]
    figures = figures[:3]
    for figure in figures:
        assert re.search(r"\d+ %", figure.title)
        assert len(figure.alt) > 60
        assert figure.svg.startswith("<svg")


def test_every_computed_block_leads_to_a_source_and_its_rows(graphite):
    for section in graphite.sections:
        for block in section.blocks:
            if isinstance(block, Items) or not block.basis:
                continue
            assert block.refs, f"{section.id}: a block without a source"
            assert block.command or block.basis != "computed" or block.kind == "paragraph"


def test_computed_stated_and_judged_never_look_alike(graphite):
    html = to_html(graphite)
    assert set(re.findall(r'class="badge (\w+)"', html)) == {"computed", "derived", "stated", "judged"}
    styles = [re.search(rf"\.{name} {{[^}}]*}}", html)[0] for name in ("computed", "stated", "judged")]
    assert len(set(styles)) == 3


def test_basket_codes_are_named_among_the_unknowns(graphite):
    assert "is a basket" in to_markdown(graphite).split("## What is not known")[1]


def test_the_same_data_give_the_same_bytes(pack, book, graphite):
    again = brief_on(straits.open(pack.store.home), book, "graphite", "EU27", "CHN")
    for render in (to_html, to_json, to_markdown):
        assert render(again) == render(graphite)


def test_the_page_is_small_and_loads_nothing(graphite):
    html = to_html(graphite)
    assert len(html.encode()) < 500_000
    assert not re.search(r"<(script|link|iframe|img)\b|@import|url\(\s*['\"]?(?!#)|\bsrc=", html)


class Outline(HTMLParser):
    def __init__(self):
        super().__init__()
        self.ids, self.targets, self.labels, self.headings, self.cells = [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if "id" in found:
            self.ids.append(found["id"])
        if found.get("href", "").startswith("#"):
            self.targets.append(found["href"][1:])
        if "aria-labelledby" in found:
            self.labels.append(found["aria-labelledby"])
        if tag in ("h1", "h2", "h3"):
            self.headings.append(int(tag[1]))
        if tag == "th":
            self.cells.append(found.get("scope"))


def test_the_page_can_be_read_by_a_screen_reader(graphite):
    html = to_html(graphite)
    outline = Outline()
    outline.feed(html)
    assert '<html lang="en">' in html
    assert len(outline.ids) == len(set(outline.ids))
    assert set(outline.targets) <= set(outline.ids)
    assert set(outline.labels) <= set(outline.ids)
    assert outline.headings[0] == 1
    assert all(later - earlier <= 1 for earlier, later in zip(outline.headings, outline.headings[1:], strict=False))
    assert set(outline.cells) <= {"col", "row"}
    assert html.count("<svg ") == html.count('<svg role="img"')


def test_the_json_form_has_the_figures_at_full_precision(graphite):
    facts = json.loads(to_json(graphite))["facts"]
    assert facts["dependency"]["imports_usd"] == 139_214_553
    assert facts["dependency"]["reverse"]["top_supplier"] == "MOZ"


def test_a_material_without_a_code_of_its_own_gets_no_statement_on_trade(pack, book):
    document = brief_on(pack, book, "gallium", "EU27", "CHN")
    assert document.certainty == "low"
    assert "cannot say" in document.finding[0]
    assert "98" in document.finding[1]
    assert "811291" in document.finding[0]


def test_another_year_and_other_sides_can_be_told(pack, book):
    document = brief_on(pack, book, "lithium", "CHN", "AUS", 2018)
    assert document.facts["year"] == 2018
    assert document.facts["dependency"]["dependent"] == "CHN"


@pytest.mark.parametrize("name", sorted(materials()))
def test_every_material_has_a_brief(pack, book, name):
    document = brief_on(pack, book, name, "EU27", "CHN")
    assert len(document.finding) == 2
    assert "None" not in " ".join(document.finding)
    assert document.sources


def test_a_technology_is_told_from_the_casebook(book, pack):
    document = brief_on(pack, book, "lithography", "EU27_UK", "CHN")
    assert document.facts["reverse_dependencies"] > document.facts["dependencies"]
    assert {"dependencies", "evidence", "judged", "unknown"} <= {section.id for section in document.sections}
    assert len(to_html(document).encode()) < 500_000


def test_overlapping_sides_are_refused(pack, book):
    with pytest.raises(StraitsError, match="overlap"):
        brief_on(pack, book, "graphite", "EU27", "DEU")
