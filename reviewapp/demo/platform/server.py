"""The stand-in platform over HTTP, on this machine only."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from reviewapp.demo.platform.mood import BadMood
from reviewapp.demo.platform.page import page
from reviewapp.demo.platform.standin import StandInPlatform

# Standard Webhooks bodies stay under 20 kB.
LARGEST_BODY = 64 * 1024
LOCAL_NAMES = {"127.0.0.1", "localhost"}


class PlatformServer(ThreadingHTTPServer):
    """Listens on 127.0.0.1 for one stand-in platform; port 0 takes a free one."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, platform: StandInPlatform, *, port: int) -> None:
        self.platform = platform
        super().__init__(("127.0.0.1", port), PlatformHandler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


class PlatformHandler(BaseHTTPRequestHandler):
    """`GET /` and `/state.json` show, `POST /mode` changes the mood, other POSTs are requests."""

    protocol_version = "HTTP/1.1"
    # Answers go out in one piece; without this each small one waits for the last to be confirmed.
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 60
    server: PlatformServer

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if not self._is_for_us():
            self._answer(421, {"reason": "This server answers for 127.0.0.1 only."})
        elif path == "/":
            self._write(200, page(self.server.platform).encode(), "text/html; charset=utf-8")
        elif path == "/state.json":
            self._answer(200, self.server.platform.state())
        else:
            self._answer(404, {"reason": "There is nothing here."})

    def do_POST(self) -> None:
        body = self._body()
        if body is None:
            return
        if urlsplit(self.path).path == "/mode":
            self._change_mood(body)
            return
        answer = self.server.platform.handle(dict(self.headers.items()), body)
        self._answer(answer.status, answer.body)

    def _change_mood(self, body: bytes) -> None:
        # A page of another site can post forms here, but neither JSON nor under our name.
        if self.headers.get_content_type() != "application/json" or not self._is_for_us():
            self._answer(415, {"reason": "Send JSON to 127.0.0.1."})
            return
        try:
            self.server.platform.change_mood(json.loads(body))
        except (BadMood, ValueError, RecursionError) as exc:
            self._answer(400, {"reason": str(exc)})
            return
        self._answer(200, self.server.platform.state()["mood"])

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            self.close_connection = True
            self._answer(411, {"reason": "A Content-Length is needed."})
            return None
        if int(length) > LARGEST_BODY:
            self.close_connection = True
            self._answer(413, {"reason": f"At most {LARGEST_BODY} bytes."})
            return None
        return self.rfile.read(int(length))

    def _is_for_us(self) -> bool:
        return urlsplit(f"//{self.headers.get('Host', '')}").hostname in LOCAL_NAMES

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        self._write(status, json.dumps(body).encode(), "application/json")

    def _write(self, status: int, content: bytes, media_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its base names it)
        """Quiet: the page shows what was asked."""


@contextmanager
def serving(platform: StandInPlatform, *, port: int = 0) -> Iterator[PlatformServer]:
    """A server for `platform` in a thread of its own; stopped on leaving. OSError if taken."""
    server = PlatformServer(platform, port=port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
