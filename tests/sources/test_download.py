"""Releases from a URL: a bad line is tried again, a wrong address is not; from a server on this machine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import stamina

from sources.release import as_folder, as_zip, plain_reading, release, year_file
from store.homes import put, unchanged
from straits.sources import baci
from straits.store.store import Store
from straits.vocabulary.errors import StraitsError


class Server:
    """Serves one file; ``script`` says what goes wrong first: an HTTP status, ``drop``, ``short`` or ``hang up``."""

    def __init__(self, data: bytes, script: list[int | str]) -> None:
        self.data, self.script, self.asked = data, script, 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.asked += 1
                todo = outer.script.pop(0) if outer.script else 200
                if todo == "hang up":
                    self.close_connection = True
                    self.connection.close()
                elif todo == "redirect":
                    self.send_response(302)
                    self.send_header("Location", "/elsewhere/BACI_HS22_V202601.zip")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                elif isinstance(todo, int) and todo != 200:
                    self.send_error(todo)
                else:
                    self.serve(self.data_for(str(todo)))

            def data_for(self, todo: str) -> bytes:
                return outer.data[: len(outer.data) // 2] if todo == "drop" else outer.data

            def serve(self, data: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(outer.data)))
                self.end_headers()
                self.wfile.write(data)
                self.close_connection = len(data) < len(outer.data)

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_port}/baci/BACI_HS22_V202601.zip"

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start a server of a small release that follows a script."""
    servers = []

    def start(*script: int | str, data: bytes | None = None) -> Server:
        servers.append(Server(data or as_zip(release((2021,)), tmp_path / "served").read_bytes(), list(script)))
        return servers[-1]

    with stamina.set_testing(True, attempts=99, cap=True):  # the same tries, without the pauses
        yield start
    for server in servers:
        server.close()


def load(store: Store, url: str) -> None:
    baci.load(store, url, None, lambda *_: None)


def figures_are_right(store: Store) -> bool:
    import pyarrow.parquet as pq

    (path,) = store.current()["baci-hs2022"].files("trade")
    found = {
        (r["exporter"], r["importer"], r["product"]): (r["value_usd"], r["quantity_kg"])
        for r in pq.read_table(path).to_pylist()
    }
    return found == plain_reading(release((2021,))[year_file(2021)])


@pytest.mark.parametrize(
    ("script", "asked"),
    [
        ([], 1),
        ([503, 503], 3),
        (["drop", "drop"], 3),
        (["hang up", "hang up"], 3),
        ([429, 500, "drop", 502], 5),
        (["redirect"], 2),
    ],
    ids=str,
)
def test_a_release_comes_over_a_bad_line(
    store: Store, serve: Callable[..., Server], script: list[int | str], asked: int
) -> None:
    server = serve(*script)
    load(store, server.url)
    assert server.asked == asked
    assert figures_are_right(store)
    assert not list((store.home / "incoming").iterdir())


@pytest.mark.parametrize(
    ("script", "asked", "message"),
    [
        ([404], 1, "the server answered 404; check the address"),
        ([403], 1, "the server answered 403; check the address"),
        ([503] * 9, 5, "the server answered 503; check the address"),
    ],
    ids=["404", "403", "503 for ever"],
)
def test_a_refusal_of_the_server_is_told(
    store: Store, serve: Callable[..., Server], script: list[int | str], asked: int, message: str
) -> None:
    put(store, 1)
    server = serve(*script)
    with unchanged(store.home), pytest.raises(StraitsError) as error:
        load(store, server.url)
    assert str(error.value) == f"{server.url}: {message}"
    assert server.asked == asked


def test_a_line_that_always_drops_is_told(store: Store, serve: Callable[..., Server]) -> None:
    put(store, 1)
    server = serve(*["drop"] * 9)
    with unchanged(store.home), pytest.raises(StraitsError, match="check the address and the connection") as error:
        load(store, server.url)
    assert str(error.value).startswith(f"{server.url}: ")
    assert server.asked == 5


def test_a_server_that_is_not_there_is_told(store: Store, serve: Callable[..., Server]) -> None:
    put(store, 1)
    server = serve()
    server.close()
    with (
        unchanged(store.home),
        pytest.raises(StraitsError, match=r"BACI_HS22_V202601\.zip: .*check the address and the connection"),
    ):
        load(store, server.url)


@pytest.mark.parametrize("url", ["http://", "https://:80/x.zip", "http://[::1/x.zip", "http://host:port/x.zip"])
def test_a_mistyped_address_is_told(store: Store, serve: Callable[..., Server], url: str) -> None:
    with pytest.raises(StraitsError, match="not a web address"):
        load(store, url)


def test_a_page_instead_of_a_release_is_told(store: Store, serve: Callable[..., Server]) -> None:
    put(store, 1)
    server = serve(data=b"<html>Please log in</html>")
    with unchanged(store.home), pytest.raises(StraitsError, match="not a complete zip file"):
        load(store, server.url)
    assert server.asked == 1


def test_the_address_is_kept_without_passwords_and_tokens(store: Store, serve: Callable[..., Server]) -> None:
    url = serve().url
    load(store, url.replace("http://", "http://me:secret@") + "?token=secret#part")
    version = store.current()["baci-hs2022"]
    assert version.manifest["origin"][0]["url"] == url
    assert "secret" not in (version.folder / "manifest.json").read_text()


def test_a_download_is_quiet_and_tells_its_progress(
    store: Store, serve: Callable[..., Server], capfd: pytest.CaptureFixture[str]
) -> None:
    told: list[tuple[str, float | None, float | None]] = []
    server = serve(503)
    baci.load(store, server.url, None, lambda *step: told.append(step))
    assert capfd.readouterr() == ("", "")
    assert ("download BACI_HS22_V202601.zip", len(server.data), len(server.data)) in told


def test_a_zip_from_a_url_and_from_disk_is_the_same_version(tmp_path: Path, serve: Callable[..., Server]) -> None:
    far, near = Store(tmp_path / "far"), Store(tmp_path / "near")
    load(far, serve().url)
    load(near, str(as_folder(release((2021,)), tmp_path / "in")))
    assert far.current()["baci-hs2022"].id == near.current()["baci-hs2022"].id
