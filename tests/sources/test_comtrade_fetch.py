"""UN Comtrade's API over a bad line: nothing is cut off unseen, a broken-off fetch goes on, the key stays secret."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import stamina

from sources import comtrade_files as made
from sources.mirror import slices, stored, table
from sources.test_comtrade import NO_STEP, agree
from store.homes import put, unchanged
from straits.sources import comtrade
from straits.sources.comtrade_api import KEY
from straits.sources.source import retry_after
from straits.store.store import Store
from straits.store.vintages import reported
from straits.vocabulary.errors import StraitsError

MONTHS = {"202301": "2023-03-20", "202302": "2023-04-20", "202303": "2023-04-20"}
A_KEY = "secret-0123456789abcdef"


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., made.Comtrade]]:
    """Start a small UN Comtrade, which answers without pauses between tries."""
    monkeypatch.delenv(KEY, raising=False)
    servers = []

    def start(released: dict[str, str | None] | None = None, limit: int = 100_000) -> made.Comtrade:
        servers.append(made.Comtrade(MONTHS if released is None else released, limit))
        return servers[-1]

    with stamina.set_testing(True, attempts=99, cap=True):
        yield start
    for server in servers:
        server.close()


def fetch(
    store: Store,
    server: made.Comtrade,
    months: tuple[str, ...] = ("2023-01", "2023-02", "2023-03"),
    products: tuple[str, ...] | None = made.PRODUCTS,
    reporters: tuple[str, ...] = ("CHN", "Germany"),
    **more: Any,
) -> None:
    comtrade.fetch(store, reporters, products, months, NO_STEP, base=server.url, **{"key": A_KEY, **more})


def whole(*periods: str) -> dict[Any, Any]:
    return made.truth(periods or MONTHS, [156, 276])


@pytest.mark.parametrize("key", [A_KEY, None])
def test_what_is_fetched_is_what_was_reported(
    store: Store, serve: Callable[..., made.Comtrade], key: str | None
) -> None:
    fetch(store, serve(limit=100_000 if key else 500), key=key)
    assert agree(stored(store, "comtrade"), whole())
    assert not list((store.home / "fetched" / "comtrade").glob("*.json"))


def test_fetched_and_bulk_say_the_same(tmp_path: Path, serve: Callable[..., made.Comtrade]) -> None:
    far, near = Store(tmp_path / "far"), Store(tmp_path / "near")
    fetch(far, serve(), months=("2023-01",), reporters=("CHN",))
    comtrade.load(near, made.bulk(tmp_path, "202301", 156, day="2023-03-20"), NO_STEP)
    assert stored(far, "comtrade") == stored(near, "comtrade")


def test_years_are_fetched_too(store: Store, serve: Callable[..., made.Comtrade]) -> None:
    fetch(store, serve({"2022": "2023-06-01"}), months=("2022",))
    assert agree(stored(store, "comtrade"), whole("2022"))
    assert {row["freq"] for row in table(store, "comtrade")} == {"A"}


def test_each_period_carries_the_day_of_its_release(store: Store, serve: Callable[..., made.Comtrade]) -> None:
    fetch(store, serve(MONTHS | {"202303": None}), products=("250410", "999999"), reporters=("CHN",))
    today = str(dt.datetime.now(dt.UTC).date())
    days = {"202301": ("2023-03-20", "stated"), "202302": ("2023-04-20", "stated"), "202303": (today, "loaded")}
    assert slices(store, "comtrade") == {
        (month, "CHN", flow, product, *days[month])
        for month in days
        for flow in "XM"
        for product in ("250410", "999999")
    }


def test_a_reporter_named_twice_is_asked_once(store: Store, serve: Callable[..., made.Comtrade]) -> None:
    fetch(store, serve(), reporters=("CHN", "China"))
    assert agree(stored(store, "comtrade"), made.truth(MONTHS, [156]))


def test_all_products_are_one_slice(store: Store, serve: Callable[..., made.Comtrade]) -> None:
    fetch(store, serve(), products=None, reporters=("CHN",))
    assert {product for _, _, _, product, *_ in slices(store, "comtrade")} == {"*"}
    assert agree(stored(store, "comtrade"), made.truth(MONTHS, [156]))


def test_a_period_that_is_not_reported_is_missing_and_not_zero(
    store: Store, serve: Callable[..., made.Comtrade]
) -> None:
    server = serve()
    server.no_imports = {"202302"}
    fetch(store, server, months=("2023-02", "2023-03", "2023-04"), reporters=("CHN",))
    found = {(f"{row['period']:%Y%m}", row["flow"]) for row in reported(store).to_pylist()}
    assert found == {("202302", "X"), ("202303", "X"), ("202303", "M")}
    note = store.current()["comtrade"].manifest["note"]
    assert "not reported: CHN M 202302, CHN X 202304, CHN M 202304" in note


def test_nothing_reported_is_told(store: Store, serve: Callable[..., made.Comtrade]) -> None:
    put(store, 1)
    with pytest.raises(StraitsError, match="UN Comtrade: not reported: CHN X 202405; "):
        fetch(store, serve(), months=("2024-05",), reporters=("CHN",), flows=("X",))


def test_a_revision_is_fetched_beside_the_first_release(store: Store, serve: Callable[..., made.Comtrade]) -> None:
    server = serve()
    fetch(store, server)
    server.seed, server.released = 2, MONTHS | {"202302": "2023-09-01"}
    fetch(store, server, months=("2023-02",))
    days = {released for month, _, _, _, released, _ in slices(store, "comtrade") if month == "202302"}
    assert days == {"2023-04-20", "2023-09-01"}


# -- full answers --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [20, 41, 90, 170])
def test_a_full_answer_is_asked_for_again_in_halves(
    store: Store, serve: Callable[..., made.Comtrade], limit: int
) -> None:
    server = serve(limit=limit)
    fetch(store, server, rows=limit)
    assert agree(stored(store, "comtrade"), whole())
    assert len(server.questions) > 2


def test_what_cannot_be_halved_is_refused(store: Store, serve: Callable[..., made.Comtrade]) -> None:
    put(store, 1)
    before = dict(store.current())
    with pytest.raises(StraitsError) as error:
        fetch(store, serve(limit=5), rows=5)
    assert str(error.value) == (
        "UN Comtrade: X of reporter 156 in 202301, 250410, is more than one answer holds: name fewer products, ask "
        "with a key, or load the bulk file; nothing was loaded"
    )
    assert store.current() == before


def test_without_a_key_one_period_is_asked_for_at_a_time(store: Store, serve: Callable[..., made.Comtrade]) -> None:
    server = serve()
    fetch(store, server, key=None)
    assert {place for place, _ in server.asked} == {"/public/v1/getDa/C/M/HS", "/public/v1/preview/C/M/HS"}
    assert {p["maxRecords"] for p in server.questions} == {"500"}
    assert all("," not in p["period"] for p in server.questions)


def test_with_a_key_periods_and_products_go_together(store: Store, serve: Callable[..., made.Comtrade]) -> None:
    server = serve()
    fetch(store, server)
    assert {place for place, _ in server.asked} == {"/data/v1/getDa/C/M/HS", "/data/v1/get/C/M/HS"}
    assert [p["period"] for p in server.questions] == ["202301,202302,202303"] * 2
    assert {(p["partner2Code"], p["customsCode"], p["motCode"]) for p in server.questions} == {("0", "C00", "0")}


# -- a bad line ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "script", [[429, 429], [503], ["hang up"], ["cut", "cut"], [200, 200, 500, "cut", 429]], ids=str
)
def test_a_fetch_comes_over_a_bad_line(
    store: Store, serve: Callable[..., made.Comtrade], script: list[int | str]
) -> None:
    server = serve()
    server.script = list(script)
    fetch(store, server)
    assert not server.script
    assert agree(stored(store, "comtrade"), whole())


@pytest.mark.parametrize(
    ("script", "asked", "message"),
    [
        ([401], 1, f"the server answered 401 (Rate limit is exceeded.); check the key ({KEY})"),
        (
            [404],
            1,
            "the server answered 404 (Rate limit is exceeded.); run the same command again: what was received is kept",
        ),
        (
            [302],
            1,
            "the server answered 302 (Rate limit is exceeded.); run the same command again: what was received is kept",
        ),
        (
            [503] * 9,
            6,
            "the server answered 503 (Rate limit is exceeded.); run the same command again: what was received is kept",
        ),
    ],
    ids=["401", "404", "a redirect", "503 for ever"],
)
def test_a_refusal_of_the_server_is_told(
    store: Store, serve: Callable[..., made.Comtrade], script: list[int | str | bytes], asked: int, message: str
) -> None:
    put(store, 1)
    server = serve()
    server.script = script
    with pytest.raises(StraitsError) as error:
        fetch(store, server, reporters=("CHN",))
    assert str(error.value) == f"{server.url}/data/v1/getDa/C/M/HS?reporterCode=156: {message}"
    assert len(server.asked) == asked
    assert set(store.current()) == {"small"}


def test_a_wait_that_is_too_long_is_told_and_not_waited_for(
    store: Store, serve: Callable[..., made.Comtrade]
) -> None:
    server = serve()
    server.script, server.retry_after = [429] * 9, "86400"
    with pytest.raises(
        StraitsError, match="; wait 86400 s, then run the same command again: what was received is kept"
    ):
        fetch(store, server)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("status", "asked", "expected"),
    [
        (429, "7", 7.0),
        (503, "0", 0.0),
        (429, "Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        (429, "soon", True),
        (429, "", True),
        (502, "", True),
        (429, "121", False),
        (404, "7", False),
    ],
)
def test_the_wait_that_the_server_asks_for_is_kept(status: int, asked: str, expected: bool | float) -> None:
    answer = httpx.Response(status, headers={"Retry-After": asked}, request=httpx.Request("GET", "http://127.0.0.1/"))
    wait = retry_after(httpx.HTTPStatusError("refused", request=answer.request, response=answer))
    assert (wait, type(wait)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("error", "UN Comtrade says: Maximum number of periods is 1"),
        (b"<html>Log in</html>", "not JSON"),
        (b'{"count": 9, "data": [], "error": ""}', "0 rows of 9: the answer is cut off"),
    ],
    ids=["an error", "a page", "cut off"],
)
def test_an_answer_that_is_none_is_told_and_not_kept(
    store: Store, serve: Callable[..., made.Comtrade], body: str | bytes, rule: str
) -> None:
    put(store, 1)
    server = serve()
    server.script = [200, 200, body]
    with pytest.raises(StraitsError, match=rule):
        fetch(store, server, reporters=("CHN",))
    assert set(store.current()) == {"small"}
    fetch(store, server)
    assert agree(stored(store, "comtrade"), whole())


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"reporterCode": 842}, "reporterCode is 842: 156 was asked for"),
        ({"period": "202304"}, "period is 202304: that was not asked for"),
        ({"cmdCode": "854110"}, "cmdCode is 854110: that was not asked for"),
        (
            {"classificationCode": "H5"},
            "classificationCode is H5: not the one in which 202301 is said to be reported",
        ),
        ({"primaryValue": -1}, "primaryValue is -1: must not be negative"),
    ],
    ids=str,
)
def test_an_answer_to_another_question_is_refused(
    store: Store, serve: Callable[..., made.Comtrade], change: dict[str, Any], rule: str
) -> None:
    put(store, 1)
    server = serve()
    row = made.row("202301", 156, "X", 842, "250410", 5, 1) | change
    server.script = [200, 200, made.answer([row])]
    with pytest.raises(StraitsError) as error:
        fetch(store, server, months=("2023-01",), reporters=("CHN",))
    assert str(error.value).endswith(f".json, row 1: {rule}; nothing was loaded")
    assert set(store.current()) == {"small"}
    fetch(store, server, months=("2023-01",), reporters=("CHN",))
    assert agree(stored(store, "comtrade"), made.truth(["202301"], [156]))


# -- broken off ----------------------------------------------------------------------------------------------


def test_a_fetch_that_is_broken_off_goes_on_where_it_was(store: Store, serve: Callable[..., made.Comtrade]) -> None:
    server = serve()
    server.script = [200] * 5 + [404]
    with pytest.raises(StraitsError, match="run the same command again: what was received is kept"):
        fetch(store, server, key=None, reporters=("CHN",))
    assert not store.current()
    before = list(server.questions)
    fetch(store, server, key=None, reporters=("CHN",))
    assert agree(stored(store, "comtrade"), made.truth(MONTHS, [156]))
    again = [p for p in server.questions[len(before) :] if p in before[:-1]]
    assert again == []


FETCH = """
import sys
from pathlib import Path
from straits.sources import comtrade
from straits.sources.source import retry_after
from straits.store.store import Store
comtrade.fetch(
    Store(Path(sys.argv[1])), ["CHN"], ["250410", "280530", "854231"], ["2023-01", "2023-02", "2023-03"],
    lambda *_: None, base=sys.argv[2],
)
"""


def test_a_fetch_that_is_killed_goes_on_where_it_was(
    store: Store, serve: Callable[..., made.Comtrade], tmp_path: Path
) -> None:
    server = serve()
    server.script = [200] * 5 + [503] * 99
    environment = {name: value for name, value in os.environ.items() if name != KEY}
    with subprocess.Popen([sys.executable, "-c", FETCH, str(store.home), server.url], env=environment) as process:
        while len(server.asked) < 6:
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
    before = server.questions
    server.script = []
    fetch(store, server, key=None, reporters=("CHN",))
    assert agree(stored(store, "comtrade"), made.truth(MONTHS, [156]))
    assert not [p for p in server.questions[len(before) :] if p in before[:-1]]
    assert not list((store.home / "fetched" / "comtrade").glob("*.json*"))


def test_a_new_release_is_asked_for_anew(store: Store, serve: Callable[..., made.Comtrade]) -> None:
    server = serve()
    server.script = [200] * 5 + [404]
    with pytest.raises(StraitsError):
        fetch(store, server, key=None, reporters=("CHN",))
    server.seed, server.released = 2, dict.fromkeys(MONTHS, "2024-01-01")
    fetch(store, server, key=None, reporters=("CHN",))
    assert agree(stored(store, "comtrade"), made.truth(MONTHS, [156], seed=2))


def test_two_fetches_at_once_are_refused(store: Store, serve: Callable[..., made.Comtrade]) -> None:
    from straits.sources.reports import kept

    with kept(store, "comtrade"), pytest.raises(StraitsError, match="another fetch from comtrade is under way"):
        fetch(store, serve())


# -- the key -------------------------------------------------------------------------------------------------


def test_the_key_is_in_no_address_message_or_file(
    store: Store, serve: Callable[..., made.Comtrade], capfd: pytest.CaptureFixture[str]
) -> None:
    server = serve()
    said = b'{"statusCode": 403, "message": "Key ' + A_KEY.encode() + b' is out of quota"}'
    fetch(store, server)
    assert set(server.keys) == {A_KEY}
    assert not any(A_KEY in str(asked) for asked in server.asked)
    for path in store.home.rglob("*"):
        assert path.is_dir() or A_KEY.encode() not in path.read_bytes()
    server.script = [said]
    with pytest.raises(StraitsError) as error:
        fetch(store, server, months=("2023-02",))
    assert A_KEY not in str(error.value)
    assert capfd.readouterr() == ("", "")


def test_the_key_may_be_in_the_environment(
    store: Store, serve: Callable[..., made.Comtrade], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve()
    monkeypatch.setenv(KEY, f" {A_KEY}\n")
    fetch(store, server, key=None)
    assert set(server.keys) == {A_KEY}


def test_a_key_with_odd_characters_is_refused_and_not_shown(
    store: Store, serve: Callable[..., made.Comtrade]
) -> None:
    with pytest.raises(StraitsError) as error:
        fetch(store, serve(), key="kéy\nvalue")
    assert "kéy" not in str(error.value)


# -- bad questions -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"months": ("2023-13",)}, "'2023-13' is not a month or a year: write 2024-01 or 2024"),
        ({"months": ("2023", "2023-01")}, "give months (2024-01) or years (2024), and not both"),
        ({"months": ()}, "no month or year is asked for: nothing was fetched"),
        ({"products": ("graphite",)}, "'graphite' is not a product code of six digits"),
        ({"products": ()}, "no product is asked for: nothing was loaded"),
        ({"reporters": ("EU27",)}, "'EU27' does not report to UN Comtrade as one: name single economies"),
        ({"reporters": ()}, "no reporter is asked for: nothing was fetched"),
        ({"flows": ("RX",)}, "no flow 'RX': write X (exports), M (imports) or both"),
    ],
    ids=str,
)
def test_a_bad_question_is_told_before_anything_is_asked(
    store: Store, serve: Callable[..., made.Comtrade], more: dict[str, Any], message: str
) -> None:
    put(store, 1)
    server = serve()
    with unchanged(store.home), pytest.raises(StraitsError) as error:
        fetch(store, server, **more)
    assert str(error.value) == message
    assert not server.asked
