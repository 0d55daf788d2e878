"""A small HTTP server that stands for the product's intake API in these tests."""

import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "rk_demo"


class Product(ThreadingHTTPServer):
    """Keeps rows by id. `answers` are given first: (status, headers), or None to hang up."""

    daemon_threads = True

    def __init__(self, *, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Intake)
        self.answers: deque[tuple[int, dict[str, str]] | None] = deque()
        self.rows: dict[str, dict[str, Any]] = {
            "accounts": {},
            "evidence": {},
            "detections": {},
            "appeals": {},
            "grievances": {},
        }
        self.batches: list[tuple[str, int, str]] = []
        self.largest = 10**9

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Intake(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Product

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        what = self.path.removeprefix("/api/v1/")
        product = self.server
        if product.answers:
            planned = product.answers.popleft()
            if planned is None:
                self.close_connection = True
                return
            self._answer(planned[0], {"title": "Not now.", "detail": "Later."}, planned[1])
            return
        if self.headers["Authorization"] != f"Bearer {KEY}":
            self._answer(401, {"title": "Unknown key.", "detail": "Ask an admin for one."})
            return
        if len(body) > product.largest:
            self._answer(413, {"title": "Too large."})
            return
        if what in ("appeals", "grievances"):
            self._file(what, json.loads(body))
            return
        ndjson = self.headers["Content-Type"] == "application/x-ndjson"
        rows = [json.loads(line) for line in body.splitlines()] if ndjson else None
        rows = json.loads(body)["items"] if rows is None else rows
        product.batches.append((what, len(rows), self.headers["Content-Type"]))
        self._keep(what, rows)

    def _file(self, what: str, row: dict[str, Any]) -> None:
        if row["id"].startswith("bad"):
            self._answer(422, {"title": "Not understood.", "detail": "Is bad."})
            return
        known = row["id"] in self.server.rows[what]
        self.server.rows[what][row["id"]] = row
        self._answer(200 if known else 201, {"state": "OPEN", "appeal": f"AP-{row['id']}"})

    def _keep(self, what: str, rows: list[dict[str, Any]]) -> None:
        kept = self.server.rows[what]
        counts: dict[str, Any] = {"accepted": 0, "duplicates": 0, "rejected": [], "results": []}
        for index, row in enumerate(rows):
            if row.get("id", "").startswith("bad"):
                errors = [{"pointer": "/id", "detail": "Is bad."}]
                counts["rejected"].append({"index": index, "id": row["id"], "errors": errors})
                continue
            counts["duplicates" if row["id"] in kept else "accepted"] += 1
            kept[row["id"]] = row
            if what == "detections":
                name = "case" if row["verdict"] == "REVIEW" else "enforcement"
                counts["results"].append({"id": row["id"], name: f"C-{row['account']}"})
        self._answer(422 if len(counts["rejected"]) == len(rows) else 200, counts)

    def _answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def product_running(*, port: int = 0) -> Iterator[Product]:
    product = Product(port=port)
    thread = threading.Thread(target=product.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield product
    finally:
        product.shutdown()
        product.server_close()
        thread.join()
