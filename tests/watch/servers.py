"""Loopback servers that record what they are sent: a webhook and an SMTP server, which can be told to fail."""

from __future__ import annotations

import json
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Hook:
    """``answers`` are the status codes of the next requests; 200 after that."""

    def __init__(self):
        self.received: list[tuple[str, dict]] = []
        self.headers: list[dict] = []
        self.tried = 0
        self.answers: list[int] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.tried += 1
                status = hook.answers.pop(0) if hook.answers else 200
                if status == 200:
                    hook.received.append((self.headers["Idempotency-Key"], json.loads(body)))
                    hook.headers.append(dict(self.headers))
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/"

    def signals(self) -> list[str]:
        """Ids as a receiver sees them that takes each batch once."""
        return [signal["id"] for body in dict(self.received).values() for signal in body["signals"]]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Mailbox:
    """A small SMTP server; ``refusals`` are the answers to the next RCPT commands."""

    def __init__(self):
        self.messages: list[str] = []
        self.refusals: list[str] = []
        box = self

        class Handler(socketserver.StreamRequestHandler):
            def say(self, text):
                self.wfile.write(f"{text}\r\n".encode())

            def handle(self):
                self.say("220 loopback")
                while line := self.rfile.readline().decode().strip():
                    word = line.split(" ")[0].upper()
                    if word in ("EHLO", "HELO"):
                        self.say("250 loopback")
                    elif word == "RCPT" and box.refusals:
                        self.say(box.refusals.pop(0))
                    elif word == "DATA":
                        self.say("354 go on")
                        lines = []
                        while (part := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                            lines.append(part)
                        box.messages.append("\n".join(lines))
                        self.say("250 kept")
                    elif word == "QUIT":
                        self.say("221 bye")
                        return
                    else:
                        self.say("250 fine")

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return self.server.server_address[1]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
