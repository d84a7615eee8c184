"""Watches: a file says what, rule, severity and who; a slip is named with file, line and field."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from straits.vocabulary.errors import StraitsError
from straits.watch.detectors import DETECTORS
from straits.watch.watches import EXAMPLE, read, save_example

GOOD = """\
watches:
  - id: graphite
    what: {products: [HS2017:250410, "010110"], exporter: China, partners: [USA, Japan]}
    rules: [level_drop, surge]
    false_alarms: 0.1
    severity: high
    who: [desk]
  - id: chips
    what: {technologies: [automotive-chips], kinds: [control]}
channels:
  desk: {kind: feed, atom: out/desk.xml}
"""


def parsed(tmp_path, text):
    path = tmp_path / "watch.yaml"
    path.write_text(text, encoding="utf-8")
    return read(path)


def test_a_watch_says_what_by_which_rule_how_severe_and_who(tmp_path):
    found = parsed(tmp_path, GOOD)
    one = found.watch("graphite")
    assert one.what.kind == "flows"
    assert one.what.products == ("250410", "010110")
    assert one.what.exporter == "CHN"
    assert one.what.partners == ("USA", "JPN")
    assert one.rule.detectors == ("level_drop", "surge")
    assert found.watch("chips").what.kind == "events"
    assert found.channels["desk"].atom == "out/desk.xml"


def test_without_rules_all_detectors_watch(tmp_path):
    assert (
        parsed(tmp_path, GOOD.replace("    rules: [level_drop, surge]\n", "")).watch("graphite").rule.detectors
        == DETECTORS
    )


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        ("surge]", "sruge]", "line 4, watches[1].rules: no rule 'sruge': did you mean surge?"),
        ("exporter: China", "exporter: Chnia", "line 3, watches[1].what.exporter: no region 'Chnia'"),
        (
            "severity: high",
            "severity: huge",
            "line 6, watches[1].severity: Input should be 'low', 'medium' or 'high'",
        ),
        (
            "severity: high",
            "severty: high",
            "line 6, watches[1].severty: is no field of this file: look for a slip of the pen",
        ),
        ("false_alarms: 0.1", "false_alarms: 3", "line 5, watches[1].false_alarms: Input should be less than 1"),
        ("false_alarms: 0.1", "false_alarms: 0.1\n    false_discoveries: 0.1", "not both"),
        ("exporter: China, ", "", "name the exporter"),
        (
            "who: [desk]",
            "who: [dask]",
            "line 7, watches[1].who: watch 'graphite': no channel 'dask': did you mean desk?",
        ),
        ("kind: feed, atom: out/desk.xml", "kind: feed", "a feed needs a file"),
        (
            "kind: feed, atom: out/desk.xml",
            "kind: fax",
            "line 11, channels.desk: no such kind of channel: feed, email or webhook",
        ),
        ("id: chips", "id: graphite", "line 8, watches[2].id: watch 'graphite' is defined twice"),
        ("partners: [USA, Japan]", "partners: USA", "line 3, watches[1].what.partners: should be a list"),
        ("HS2017:250410", "graphite", "'graphite' is not a product code"),
        ("  desk: {kind", "  desk: {{kind", "not YAML"),
        ("kinds: [control]}", "kinds: [control]}\n    rules: [surge]", "detectors judge flows"),
        ("severity: high", "critical: 0.9", "say in source_of_exposure whose"),
    ],
)
def test_a_slip_is_named_with_line_and_field(tmp_path, was, now, words):
    assert was in GOOD
    with pytest.raises(StraitsError) as error:
        parsed(tmp_path, GOOD.replace(was, now, 1))
    assert words in str(error.value)
    assert "watch.yaml, line " in str(error.value)


def test_all_slips_of_all_files_are_told_at_once(tmp_path):
    (tmp_path / "a.yaml").write_text(GOOD.replace("surge]", "sruge]").replace("China", "Chnia"), encoding="utf-8")
    (tmp_path / "b.yaml").write_text("watches:\n  - id: b\n    id: b\n", encoding="utf-8")
    with pytest.raises(StraitsError) as error:
        read(tmp_path)
    for words in ("a.yaml, line 4", "a.yaml, line 3", "b.yaml, line 3, watches[1].id: 'id' is written twice"):
        assert words in str(error.value)


def test_an_unknown_watch_is_answered_with_the_nearest(tmp_path):
    with pytest.raises(StraitsError, match="did you mean graphite"):
        parsed(tmp_path, GOOD).watch("grafite")


def test_no_watches_says_where_to_write_one(tmp_path):
    with pytest.raises(StraitsError, match="write one there"):
        read(tmp_path / "none")


def test_another_title_or_channel_is_the_same_watch(tmp_path):
    first = parsed(tmp_path, GOOD).watch("graphite").definition
    assert parsed(tmp_path, GOOD.replace("who: [desk]", "title: Anew")).watch("graphite").definition == first
    assert parsed(tmp_path, GOOD.replace("0.1", "0.2")).watch("graphite").definition != first


def test_the_example_has_a_watch_of_each_kind_and_is_saved_once(tmp_path):
    path = save_example(tmp_path)
    assert path.read_bytes() == EXAMPLE.read_bytes()
    found = read(tmp_path / "watches")
    assert {watch.what.kind for watch in found.watches} == {"flows", "events", "targets"}
    assert {watch.freq for watch in found.watches} == {"monthly", "annual"}
    assert all(watch.who == ("desk",) for watch in found.watches)
    with pytest.raises(StraitsError, match="is there already"):
        save_example(tmp_path)


def test_the_watches_of_the_documentation_can_be_read(tmp_path):
    text = (Path(__file__).parents[2] / "docs" / "early-warning.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    found = parsed(tmp_path, block)
    assert len(found.watches) == 6
    assert set(found.channels) == {"desk", "hook", "mail"}
