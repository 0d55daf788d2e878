"""A server that answers as no platform should: with bytes that a test has written down."""

import socketserver
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress


class Odd(socketserver.ThreadingTCPServer):
    """Sends `pieces` one after another, `pause` seconds between them, then hangs up."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, pieces: Sequence[bytes], *, pause: float) -> None:
        self.pieces, self.pause = pieces, pause
        self.asked: list[bytes] = []
        self.hung_up = threading.Event()
        super().__init__(("127.0.0.1", 0), _Answering)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


class _Answering(socketserver.BaseRequestHandler):
    server: Odd

    def handle(self) -> None:
        self.server.asked.append(self.request.recv(65_536))
        with suppress(OSError):
            for piece in self.server.pieces:
                self.request.sendall(piece)
                time.sleep(self.server.pause)
            return
        self.server.hung_up.set()


@contextmanager
def answering(*pieces: bytes, pause: float = 0) -> Iterator[Odd]:
    server = Odd(pieces, pause=pause)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def response(status: int, *headers: str, body: bytes = b"") -> bytes:
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body
