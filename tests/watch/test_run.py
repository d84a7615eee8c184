"""Runs: the same again raises nothing, a killed one is taken up, two at once neither lose nor double."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from straits.store.store import Store
from straits.vocabulary.errors import StraitsError
from straits.watch import deliver
from straits.watch.ledger import Ledger
from straits.watch.run import NEW_SIGNALS, NOT_DELIVERED, NOT_JUDGED, NOTHING_NEW, run
from straits.watch.watches import read


def load(name):
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"watch_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


homes, servers = load("homes"), load("servers")
PROGRAM = """
import sys
from pathlib import Path
from straits.store.store import Store
from straits.watch.run import run
from straits.watch.watches import read
home = Path(sys.argv[1])
raise SystemExit(run(Store(home), read(home / "watches")).exit_code)
"""


@pytest.fixture
def hook():
    server = servers.Hook()
    yield server
    server.close()


@pytest.fixture
def mailbox():
    server = servers.Mailbox()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(deliver, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(deliver.deliver_all, "__defaults__", (0.01,))


def go(home, **kinds):
    return run(Store(home), read(home / "watches"), **kinds)


def webhook(hook):
    return f"channels:\n  hook: {{kind: webhook, url: '{hook.url}'}}\n"


def ids(home):
    return sorted(item["id"] for item in Ledger(home).signals(onsets_only=False))


def test_a_surge_and_a_stop_are_raised_and_kept_with_their_vintage(tmp_path):
    folder = homes.write(tmp_path)
    report = go(tmp_path)
    assert report.exit_code == NEW_SIGNALS
    found = Ledger(tmp_path).signals()
    assert {("surge", "2023-11"), ("level_drop", "2023-12")} <= {(s["detector"], s["period"]) for s in found}
    assert {s["vintage"] for s in found} == {hashlib.sha256((folder / "flows.csv").read_bytes()).hexdigest()[:16]}


def test_running_again_on_the_same_data_raises_nothing(tmp_path):
    homes.write(tmp_path)
    go(tmp_path)
    before = ids(tmp_path)
    report = go(tmp_path)
    assert report.exit_code == NOTHING_NEW
    assert report.skipped == ["graphite-0"]
    assert ids(tmp_path) == before


def test_a_new_month_is_judged_and_an_old_signal_is_not_raised_twice(tmp_path, hook):
    folder = homes.write(tmp_path, webhook(hook), "[hook]", last="2023-11")
    assert go(tmp_path).exit_code == NEW_SIGNALS
    first = hook.signals()
    (folder / "flows.csv").write_text(homes.flows("2023-12"), encoding="utf-8")
    assert go(tmp_path).exit_code == NEW_SIGNALS
    assert len(hook.signals()) == len(set(hook.signals())) > len(first)
    assert not {s["period"] for s in Ledger(tmp_path).signals()} - {"2023-11", "2023-12"}


def test_a_changed_history_is_recorded_and_a_signal_it_takes_back_is_withdrawn(tmp_path):
    folder = homes.write(tmp_path)
    go(tmp_path)
    calm = homes.flows(event=False)
    (folder / "flows.csv").write_text(calm, encoding="utf-8")
    report = go(tmp_path)
    assert report.revised == {"graphite-0": ["2023-11", "2023-12"]}
    found = Ledger(tmp_path).signals()
    assert found
    assert {s["standing"] for s in found} == {"withdrawn"}
    told = Ledger(tmp_path).signal(found[0]["id"])
    assert [s["standing"] for s in told["sightings"]] == ["raised", "withdrawn"]


def test_a_month_nobody_reported_raises_no_drop(tmp_path):
    folder = homes.write(tmp_path, event=False)
    text = [line for line in (folder / "flows.csv").read_text().splitlines() if not line.startswith("2023-11")]
    (folder / "flows.csv").write_text("\n".join(text) + "\n", encoding="utf-8")
    assert go(tmp_path).exit_code == NOTHING_NEW


def test_bad_data_are_one_watch_s_fault_and_the_others_go_on(tmp_path):
    folder = homes.write(tmp_path, products=2)
    text = (folder / "watch.yaml").read_text().replace("file: flows.csv", "file: gone.csv", 1)
    (folder / "watch.yaml").write_text(text, encoding="utf-8")
    report = go(tmp_path)
    assert report.exit_code == NOT_JUDGED
    assert "gone.csv" in report.faults["graphite-0"]
    assert report.judged == ["graphite-1"]


def test_a_watch_on_the_store_says_what_to_load(tmp_path):
    folder = homes.write(tmp_path)
    text = (folder / "watch.yaml").read_text().replace(", file: flows.csv", "")
    (folder / "watch.yaml").write_text(text, encoding="utf-8")
    assert "no monthly trade of 250410" in go(tmp_path).faults["graphite-0"]


def test_only_the_named_watch_runs(tmp_path):
    homes.write(tmp_path, products=2)
    assert go(tmp_path, only=["graphite-1"]).judged == ["graphite-1"]
    with pytest.raises(StraitsError, match="no watch"):
        go(tmp_path, only=["grafite"])


# -- delivery --------------------------------------------------------------------------------------------------


def test_a_webhook_gets_each_signal_once_with_its_key(tmp_path, hook):
    homes.write(tmp_path, webhook(hook), "[hook]")
    report = go(tmp_path)
    assert sorted(hook.signals()) == sorted(s["id"] for s in Ledger(tmp_path).signals())
    assert report.delivered == {"hook": len(hook.signals())}
    go(tmp_path)
    assert len(hook.received) == 1


def test_a_webhook_that_fails_is_tried_again_at_once_and_by_the_next_run(tmp_path, hook):
    homes.write(tmp_path, webhook(hook), "[hook]")
    hook.answers = [503, 429]
    assert go(tmp_path).exit_code == NEW_SIGNALS
    assert hook.tried == 3
    folder = homes.write(tmp_path, webhook(hook), "[hook]", last="2023-11")
    (folder / "flows.csv").write_text(homes.flows("2024-01"), encoding="utf-8")


def test_a_refusal_is_told_and_the_same_batch_comes_with_the_next_run(tmp_path, hook):
    homes.write(tmp_path, webhook(hook), "[hook]")
    hook.answers = [404]
    report = go(tmp_path)
    assert report.exit_code == NOT_DELIVERED
    assert "said 404: is the address right?" in report.undelivered["hook"]
    assert hook.tried == 1
    assert go(tmp_path).exit_code == NOTHING_NEW
    assert sorted(hook.signals()) == sorted(s["id"] for s in Ledger(tmp_path).signals())


def test_a_token_comes_from_the_environment_and_its_lack_is_told(tmp_path, hook, monkeypatch):
    channel = f"channels:\n  hook: {{kind: webhook, url: '{hook.url}', token_from: DESK_TOKEN}}\n"
    homes.write(tmp_path, channel, "[hook]")
    assert "DESK_TOKEN of token_from is not set" in go(tmp_path).undelivered["hook"]
    monkeypatch.setenv("DESK_TOKEN", "abc")
    go(tmp_path)
    assert hook.headers[0]["Authorization"] == "Bearer abc"


def mail_channel(mailbox):
    return (
        f"channels:\n  desk: {{kind: email, host: 127.0.0.1, port: {mailbox.port}, starttls: false, "
        "sender: straits@example.org, to: [desk@example.org]}\n"
    )


def test_a_mail_tells_all_signals_of_a_run(tmp_path, mailbox):
    homes.write(tmp_path, mail_channel(mailbox), "[desk]")
    go(tmp_path)
    go(tmp_path)
    (text,) = mailbox.messages
    assert "Message-ID: <straits-" in text
    assert "fell to" in text
    assert "straits watch explain" in text


def test_a_mail_server_that_is_busy_is_tried_again(tmp_path, mailbox):
    homes.write(tmp_path, mail_channel(mailbox), "[desk]")
    mailbox.refusals = ["451 busy", "451 busy"]
    assert go(tmp_path).exit_code == NEW_SIGNALS
    assert len(mailbox.messages) == 1


def test_a_mail_server_that_refuses_is_told(tmp_path, mailbox):
    homes.write(tmp_path, mail_channel(mailbox), "[desk]")
    mailbox.refusals = ["550 no such user"]
    report = go(tmp_path)
    assert report.exit_code == NOT_DELIVERED
    assert "refused desk@example.org" in report.undelivered["desk"]
    assert mailbox.messages == []


def test_feeds_hold_the_signals_and_change_only_with_them(tmp_path):
    channel = "channels:\n  desk: {kind: feed, atom: out/desk.xml, json: out/desk.json}\n"
    folder = homes.write(tmp_path, channel, "[desk]")
    go(tmp_path)
    first = (folder / "out/desk.xml").read_bytes()
    go(tmp_path)
    assert (folder / "out/desk.xml").read_bytes() == first
    names = {"a": "http://www.w3.org/2005/Atom"}
    feed = ET.fromstring(first)
    entries = [entry.findtext("a:id", namespaces=names) for entry in feed.findall("a:entry", names)]
    known = [f"urn:straits:signal:{s['id']}" for s in Ledger(tmp_path).signals()]
    assert entries == known
    assert [item["id"] for item in json.loads((folder / "out/desk.json").read_text())["items"]] == known
    for name in ("title", "id", "updated"):
        assert feed.findtext(f"a:{name}", namespaces=names)


# -- kill, rerun, overlap --------------------------------------------------------------------------------------


def start(home):
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(home)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


MEETING = """
import os, sys, time
from pathlib import Path
from straits.watch.ledger import Ledger
home, many = Path(sys.argv[1]), int(sys.argv[2])
asked = Ledger.is_done
def is_done(self, watch, *rest):
    known = asked(self, watch, *rest)
    (home / f"at-{watch}-{os.getpid()}").touch()
    while len(list(home.glob(f"at-{watch}-*"))) < many:
        time.sleep(0.005)
    return known
Ledger.is_done = is_done
"""


def test_overlapping_runs_neither_lose_nor_double(tmp_path, hook):
    """All three have asked whether each watch is done, and heard no, before any of them writes."""
    homes.write(tmp_path, webhook(hook), "[hook]", products=4)
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", MEETING + PROGRAM, str(tmp_path), "3"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for _ in range(3)
    ]
    faults = [process.communicate(timeout=120)[1] for process in runs]
    assert all(process.returncode in (NOTHING_NEW, NEW_SIGNALS) for process in runs), faults
    assert len(list(tmp_path.glob("at-*"))) == 4 * 3
    with sqlite3.connect(tmp_path / "watch.sqlite") as db:
        assert db.execute("select count(*) from done").fetchone()[0] == 4
    alone = tmp_path / "alone"
    homes.write(alone, products=4)
    go(alone)
    assert ids(tmp_path) == ids(alone)
    sent = [signal["id"] for _, body in hook.received for signal in body["signals"]]
    assert sorted(sent) == sorted(s["id"] for s in Ledger(tmp_path).signals())


DYING = """
import os, signal, sys
from straits.watch import deliver
from straits.watch.ledger import Ledger
where, when, nth = sys.argv[2], sys.argv[3], int(sys.argv[4])
owner = Ledger if hasattr(Ledger, where) else deliver
work, calls = getattr(owner, where), []
def dies(*given, **named):
    calls.append(where)
    if when == "before" and len(calls) == nth:
        os.kill(os.getpid(), signal.SIGKILL)
    result = work(*given, **named)
    if when == "after" and len(calls) == nth:
        os.kill(os.getpid(), signal.SIGKILL)
    return result
setattr(owner, where, staticmethod(dies) if where.startswith("_") and owner is Ledger else dies)
"""


def die(home, where, when, nth):
    words = [sys.executable, "-c", DYING + PROGRAM, str(home), where, when, str(nth)]
    done = subprocess.run(words, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.parametrize(
    ("where", "when", "nth"),
    [
        ("_note_revisions", "before", 2),  # the second watch: its transaction has begun
        ("_keep", "after", 2),  # a signal is written, not yet committed
        ("_withdraw", "after", 1),  # all is written, not yet committed
        ("record", "after", 1),  # committed, the second watch not yet judged
        ("claim", "before", 1),  # all judged, nothing sent
        ("claim", "after", 1),  # marked as being sent
        ("post", "before", 1),
        ("post", "after", 1),  # sent, not marked as sent
        ("settle", "after", 1),
    ],
)
def test_a_run_killed_at_a_known_place_is_taken_up_by_the_next(tmp_path, hook, where, when, nth):
    homes.write(tmp_path, webhook(hook), "[hook]", products=2)
    die(tmp_path, where, when, nth)
    before = len(hook.received)
    assert before == (where in ("settle",) or (where, when) == ("post", "after"))
    assert go(tmp_path).exit_code in (NOTHING_NEW, NEW_SIGNALS)
    alone = tmp_path / "alone"
    homes.write(alone, products=2)
    go(alone)
    assert ids(tmp_path) == ids(alone)
    told = sorted(s["id"] for s in Ledger(tmp_path).signals())
    assert sorted(hook.signals()) == told
    sent = [signal["id"] for _, body in hook.received for signal in body["signals"]]
    assert sorted(sent) == sorted(told * (2 if (where, when) == ("post", "after") else 1))
    assert Ledger(tmp_path).open_deliveries() == 0
    assert go(tmp_path).exit_code == NOTHING_NEW


def test_a_mail_of_a_killed_run_comes_again_under_its_name(tmp_path, mailbox):
    homes.write(tmp_path, mail_channel(mailbox), "[desk]")
    die(tmp_path, "mail", "after", 1)
    assert go(tmp_path).exit_code == NOTHING_NEW
    names = [re.search(r"Message-ID: (\S+)", text)[1] for text in mailbox.messages]
    assert len(names) == 2
    assert len(set(names)) == 1
    assert Ledger(tmp_path).open_deliveries() == 0


def test_a_feed_is_never_half_written(tmp_path):
    folder = homes.write(tmp_path, "channels:\n  desk: {kind: feed, atom: out/desk.xml}\n", "[desk]", last="2023-11")
    go(tmp_path)
    first = (folder / "out/desk.xml").read_bytes()
    (folder / "flows.csv").write_text(homes.flows("2023-12"), encoding="utf-8")
    killed = DYING.replace("owner = Ledger if hasattr(Ledger, where) else deliver", "owner = os")
    words = [sys.executable, "-c", killed + PROGRAM, str(tmp_path), "fdopen", "before", "1"]
    assert subprocess.run(words, capture_output=True, check=False).returncode == -signal.SIGKILL
    assert (folder / "out/desk.xml").read_bytes() == first
    go(tmp_path)
    ET.fromstring((folder / "out/desk.xml").read_bytes())
    assert (folder / "out/desk.xml").read_bytes() != first


@pytest.mark.slow
def test_a_run_killed_at_any_moment_is_taken_up_by_the_next(tmp_path, hook):
    homes.write(tmp_path, webhook(hook), "[hook]", products=6)
    dice = random.Random(3)
    killed = 0
    for _ in range(12):
        process = start(tmp_path)
        time.sleep(0.25 + 0.8 * dice.random())
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            killed += 1
        process.communicate()
    final = start(tmp_path)
    assert final.communicate()[1] == b""
    alone = tmp_path / "alone"
    homes.write(alone, products=6)
    go(alone)
    assert killed > 0
    assert ids(tmp_path) == ids(alone)
    assert sorted(hook.signals()) == sorted(s["id"] for s in Ledger(tmp_path).signals())
    assert Ledger(tmp_path).open_deliveries() == 0


def test_a_batch_left_between_sending_and_marking_comes_again_under_its_name(tmp_path, hook):
    homes.write(tmp_path, webhook(hook), "[hook]")
    go(tmp_path, deliver=False)
    ledger = Ledger(tmp_path)
    ((batch, signals),) = ledger.claim("hook")
    deliver.post(read(tmp_path / "watches").channels["hook"], batch, signals)  # killed before it was marked
    go(tmp_path)
    assert [key for key, _ in hook.received] == [batch, batch]
    assert len(hook.signals()) == len(set(hook.signals())) == len(signals)


def test_a_ledger_of_a_newer_straits_is_refused(tmp_path):
    homes.write(tmp_path)
    go(tmp_path)
    with sqlite3.connect(tmp_path / "watch.sqlite") as db:
        db.execute("pragma user_version = 99")
    assert "newer Straits" in next(iter(go(tmp_path).faults.values()))


def test_a_damaged_ledger_is_told_in_one_sentence(tmp_path):
    homes.write(tmp_path)
    (tmp_path / "watch.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(StraitsError, match=r"watch\.sqlite: .*is not a database"):
        Ledger(tmp_path).signals()


def test_explain_needs_one_signal(tmp_path):
    homes.write(tmp_path)
    go(tmp_path)
    ledger = Ledger(tmp_path)
    one = ledger.signals()[0]["id"]
    assert ledger.signal(one[:10])["id"] == one
    with pytest.raises(StraitsError, match="is not the id of one"):
        ledger.signal("zzz")
    with pytest.raises(StraitsError, match="several"):
        ledger.signal("")


# -- told ------------------------------------------------------------------------------------------------------


def test_a_signal_is_explained_with_its_numbers_data_and_deliveries(tmp_path, hook):
    from straits.watch import telling

    homes.write(tmp_path, webhook(hook), "[hook]")
    report = go(tmp_path)
    ledger = Ledger(tmp_path)
    one = next(s for s in ledger.signals() if s["detector"] == "level_drop")
    text = "\n".join(telling.explained(ledger.signal(one["id"])))
    for words in (
        "expected",
        "observed",
        "when nothing happens",
        "critical unknown",
        "data version",
        "hook: sent after 1 tries",
    ):
        assert words in text
    assert one["id"][:8] in "\n".join(telling.listed(ledger.signals()))
    shown = "\n".join(telling.shown(read(tmp_path / "watches").watch("graphite-0"), ledger))
    assert "last month seen: 2023-12" in shown
    assert "1 judged" in telling.reported(report)[0]
