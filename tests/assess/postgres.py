"""A PostgreSQL server of the tests' own: private data folder, a Unix socket in it, no port."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

QUICK = ["-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=16MB"]  # a power cut is not tested


def binaries() -> Path | None:
    """Where Debian's packages put the server's programs: the newest version's."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


class Server:
    """A running server; its process ends with ``stop``."""

    def __init__(self, programs: Path) -> None:
        self.folder = Path(
            tempfile.mkdtemp(prefix="straits-pg-", dir="/tmp")
        )  # short: a socket's path may have 107 bytes
        self.made = 0
        self.user: dict[str, Any] = {}
        if os.geteuid() == 0:  # the server refuses to run as root
            entry = pwd.getpwnam("postgres")
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
            self.user = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        data = str(self.folder / "data")
        options = ["--username=straits", "--auth=trust", "--encoding=UTF8", "--no-sync", "--no-locale"]
        self.run([str(programs / "initdb"), "-D", data, *options])
        self.log = (self.folder / "log").open("wb")
        self.process = subprocess.Popen(
            [str(programs / "postgres"), "-D", data, "-k", str(self.folder), *QUICK],
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, **self.user,
        )  # fmt: skip
        self.wait()

    def run(self, command: list[str]) -> None:
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True, **self.user)

    def wait(self) -> None:
        """Until it answers."""
        import psycopg

        for _ in range(300):
            try:
                psycopg.connect(host=str(self.folder), user="straits", dbname="postgres").close()
                return
            except psycopg.OperationalError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        log = (self.folder / "log").read_text()
        self.stop()
        raise RuntimeError(f"the server did not start: {log}")

    def url(self, database: str) -> str:
        return f"postgresql://straits@/{database}?host={self.folder}"

    def new_database(self) -> str:
        """The URL of an empty database."""
        import psycopg

        self.made += 1
        name = f"test{self.made}"
        with psycopg.connect(host=str(self.folder), user="straits", dbname="postgres", autocommit=True) as connection:
            connection.execute(f"create database {name} template template0")
        return self.url(name)

    def stop(self) -> None:
        try:
            self.process.send_signal(signal.SIGINT)  # fast: open sessions are ended
            self.process.wait(30)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.log.close()
            shutil.rmtree(self.folder)
