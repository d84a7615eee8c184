"""Full-text search in English and Chinese: all words, ranked, always in the same order."""

from __future__ import annotations

import pytest

from straits.casebook.load import load
from straits.casebook.search import search
from straits.vocabulary.errors import StraitsError


def ids(book, query, **options):
    return [hit.id for hit in search(book, query, **options).hits]


@pytest.fixture
def book(book_of):
    return book_of(
        evidence=[
            {"statement": "China makes most permanent magnets."},
            {"statement": "The scanner needs a light source.", "note": "A magnetic lens is used."},
            {"statement": "Export licences for rare earth magnets are required.", "subject": "widgets/mould"},
            {"statement": "Rare gases come from the earth."},
        ],
        actors=[{"name": "ZTE", "aliases": "中兴通讯", "role": "makes widgets, with 6G in view"}],
        events=[{"title": "实体清单 entity list", "statement": "A list of foreign firms."}],
    )


def test_a_word_is_found_in_its_other_forms_and_in_longer_words(book):
    assert ids(book, "magnet") == ["e1", "e3", "e2"]
    assert set(ids(book, "MAGNETS")) == {"e1", "e3", "e2"}
    assert ids(book, "licen earth") == ["e3"]


def test_what_a_record_says_weighs_more_than_its_note(book):
    assert ids(book, "magnet").index("e2") == 2


def test_all_words_must_occur(book):
    assert ids(book, "rare magnets") == ["e3"]
    assert ids(book, "rare scanner") == []


def test_a_phrase_in_quotes_must_occur_as_it_stands(book):
    assert ids(book, '"rare earth"') == ["e3"]
    assert set(ids(book, "rare earth")) == {"e3", "e4"}


@pytest.mark.parametrize("query", ["中兴", "中兴通讯", "通讯", "中"])
def test_chinese_of_any_length_is_found(book, query):
    assert ids(book, query) == ["a1"]


def test_chinese_characters_must_stand_together_and_in_order(book):
    assert ids(book, "兴中") == []
    assert ids(book, "清单") == ["v1"]
    assert ids(book, "实体 firms") == ["v1"]


def test_the_chinese_name_of_a_subject_finds_its_records_and_those_of_its_parts(book):
    assert set(ids(book, "小部件")) == {"e1", "e2", "e3", "e4", "a1", "v1"}
    assert ids(book, "mould") == ["e3"]


def test_short_names_with_digits_are_found_whole(book):
    assert ids(book, "6G") == ["a1"]


def test_a_part_of_a_word_is_found_when_no_word_begins_with_it(book):
    assert ids(book, "canner") == ["e2"]


def test_signs_in_a_query_are_no_orders(book):
    for query in ('magnets"', "magnets*", "magnets OR scanner)", "NEAR(magnets", "mag-nets^2", "50%", "a_b", "'"):
        try:
            search(book, query)
        except StraitsError as error:
            assert "nothing to search for" in str(error)


def test_nothing_to_search_for_is_said(book):
    with pytest.raises(StraitsError, match="nothing to search for in '\\?!'"):
        search(book, "?!")


def test_a_search_can_be_kept_to_kinds_of_record(book):
    assert ids(book, "widgets", tables=["actors"]) == ["a1"]
    with pytest.raises(StraitsError, match="no table 'actor': did you mean actors"):
        search(book, "widgets", tables=["actor"])


def test_the_total_counts_what_the_limit_leaves_out(book):
    found = search(book, "widgets", limit=2)
    assert (found.total, len(found.hits)) == (6, 2)


def test_records_that_rank_alike_keep_the_order_of_their_files(book_of):
    book = book_of(evidence=[{} for _ in range(9)])
    assert ids(book, "made-up", limit=9) == [f"e{number}" for number in range(1, 10)]


def test_the_same_search_on_the_shipped_casebook_gives_the_same_answer():
    first, again = load(), load(cache=None)
    for query in ("rare earth", "光刻", "稀土 出口", "magnet"):
        assert search(first, query) == search(again, query)
        assert search(first, query).total > 0
