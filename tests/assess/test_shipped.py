"""The shipped protocols and answers: they load, cite passages, name no technology, and rest on records that exist."""

import re

import pytest

from straits.assess import protocols as files
from straits.assess import sheets
from straits.assess.assessment import ANY, Assessor
from straits.casebook.load import load

SHIPPED = files.shipped()
PROMISED = {
    "four_dimensions", "dependency", "geopolitics", "leverage", "ambition", "entanglement", "chokepoint", "readiness",
    "research_gate", "standards_to_ambition", "genomic_data", "consumer_app", "firm_state_links", "lock_in",
    "cbdc_trust", "recycling", "capability",
}  # fmt: skip
SHEETS = sheets.folder(sheets.SHIPPED, SHIPPED)
TECHNOLOGIES = re.compile(
    r"\b(lithograph\w*|euv|duv|arfi?|krf|5g|6g|wireless|radio|ran|blockchains?|quantum|chips?|semiconductors?|"
    r"wafers?|foundr(y|ies)|graphite|gallium|germanium|rare.earths?|magnets?|batter(y|ies)|mri|scanners?|v2x|"
    r"vehicles?|cars?|smart.cit\w*|facial|genom\w*|dna|lunar|moon|satellites?|e-cny|yuan|euro|bitcoin|"
    r"asml|zeiss|huawei|zte|smic|smee|tsmc|intel|samsung|nikon|ericsson|nokia|siemens|philips|infineon|alibaba|"
    r"tencent|baidu|hikvision|megvii|bgi|tiktok|wechat|china|chinese|europe|european|beijing|american|taiwan\w*|"
    r"japan\w*)\b",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def book():
    return load()


def texts(protocol):
    yield "about", protocol.about
    for question in protocol.questions:
        yield question.id, question.ask
        yield from ((f"{question.id}, {level}", text) for level, text in question.guidance.items())
    for outcome in protocol.outcomes:
        yield outcome.id, outcome.name
    for rule in protocol.rules:
        yield rule.id, f"{rule.id} {rule.because}"


def test_every_promised_protocol_is_there():
    assert set(SHIPPED) >= PROMISED


@pytest.mark.parametrize("name", SHIPPED)
def test_no_rule_question_or_guidance_names_a_technology_a_firm_or_a_country(name):
    named = {where: found[0] for where, text in texts(SHIPPED[name]) if (found := TECHNOLOGIES.search(text))}
    assert not named


@pytest.mark.parametrize("name", SHIPPED)
def test_every_part_cites_a_passage_of_a_known_source(name, book):
    protocol = SHIPPED[name]
    for part in (*protocol.questions, *protocol.outcomes, *protocol.rules):
        assert part.passage.source in book.citations, part.id
        assert re.search(r"text lines? \d", part.passage.locator), (part.id, part.passage.locator)


@pytest.mark.data
@pytest.mark.parametrize("name", SHIPPED)
def test_the_cited_lines_are_in_the_report(name, shared):
    lengths = {
        text.name[:3]: len(text.read_text(encoding="utf-8").splitlines()) for text in (shared / "seeds").glob("*.txt")
    }
    seed = {"dpc2024": "001", "dpc2023": "002", "dpc2022": "003", "merics2019": "004", "merics2024": "000"}
    for part in (*SHIPPED[name].questions, *SHIPPED[name].outcomes, *SHIPPED[name].rules):
        lines = [int(number) for number in re.findall(r"\d+", part.passage.locator.partition("text line")[2])]
        assert lines and max(lines) <= lengths[seed[part.passage.source.partition("-")[0]]], part.id


@pytest.mark.parametrize("key", SHEETS, ids="/".join)
def test_answers_rest_on_records_or_places_and_say_why(key, book):
    sheet = SHEETS[key]
    subject, _ = key
    assert sheet.subject == subject or sheet.subject.startswith(f"{subject}/")
    assert subject == ANY or sheet.subject in book.subjects
    assert sheet.dependent or sheet.provider
    for answer in sheet.every_answer():
        assert answer.because
        assert [record for record in answer.evidence if book.get(record) is None] == []
        if answer.basis is not None:
            assert answer.evidence or answer.locator, answer.because


@pytest.mark.parametrize("key", SHEETS, ids="/".join)
def test_a_sheet_with_challenges_answers_what_its_outcome_rests_on(key):
    sheet = SHEETS[key]
    engine = Assessor.shipped().engine(sheet.protocol)
    for challenge in sheet.challenges:
        assert set(challenge.answers) <= set(engine.relevant(challenge.outcome)), challenge.id


def test_withheld_judgements_are_nowhere(book):
    assert not [item for item in book.tables["judgements"] if item.subject.startswith(("v2x", "space-exploration"))]
