"""How a log line looks. Both forms carry the id of the request they were said in."""

import json
import logging
from datetime import UTC, datetime

from reviewapp.web.request_id import current


def _when(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


class Line(logging.Formatter):
    """One line for a person: when, how bad, who says it, what."""

    def format(self, record: logging.LogRecord) -> str:
        said_in = f" [{current.get()}]" if current.get() else ""
        text = f"{_when(record)} {record.levelname:<7} {record.name}{said_in} {record.getMessage()}"
        return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text


class JsonLine(logging.Formatter):
    """One JSON object a line, for a machine that gathers them."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": _when(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if current.get():
            line["request_id"] = current.get()
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
