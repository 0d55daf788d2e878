"""Reading the Copenhagen Networks Study's files: real texts and calls of ordinary people.

568 participants and whom they wrote to, over 28 days, without names, numbers or text
(doi 10.1038/s41597-019-0325-x). Every account in it is to be taken as benign.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from reviewapp.demo.recording import BadRecording, Recording, Row
from reviewapp.demo.residents import stamp

SMS = ("timestamp", "sender", "recipient")
CALLS = ("timestamp", "caller", "callee", "duration")
FRIENDS = ("user_a", "user_b")

# The study tells seconds since its start and not the date. A fixed one, so that replaying again
# sends the same rows; a Monday, in the study's own time zone.
DEFAULT_START = datetime.fromisoformat("2026-01-05T00:00:00+01:00")

# The study ran for 28 days; a timestamp of more than a year is not of this study.
LONGEST_S = 366 * 86_400

ABOUT_FRIENDS = (
    "Friends were declared in the study and are not the phone's contacts: whether a recipient is a"
    " stranger is not known."
)


def study_files(folder: Path) -> list[Path]:
    """The study's files in a folder, known by their first line; others are left alone."""
    return [path for path in sorted(folder.glob("*.csv")) if header_of(path) in _HEADERS]


def header_of(path: Path) -> tuple[str, ...]:
    """The column names in a CSV file's first line; raises BadRecording if it cannot be read."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            first = file.readline(1000)
    except UnicodeDecodeError as exc:
        raise BadRecording(f"{path.name} is not UTF-8 text.") from exc
    except OSError as exc:
        raise BadRecording(f"{path} cannot be read: {exc.strerror}.") from exc
    return tuple(name.strip() for name in first.strip().removeprefix("#").split(","))


def read_study(paths: list[Path], *, start: datetime) -> Recording:
    """Read the study's texts, calls and friendships as accounts and evidence.

    Args:
        paths: any of the three files.
        start: when the study's clock stood at zero, with an offset.

    Returns:
        An account for everybody in a text or a call, and one evidence item a row, under the id
        `FILE:LINE`: some rows are exact repeats, and are separate messages. `strangers` is left
        out, for nobody's contacts are known.

    Raises:
        BadRecording: an unknown header, or a row that is not of the study.
    """
    by_header: dict[tuple[str, ...], list[Path]] = defaultdict(list)
    for path in paths:
        by_header[header_of(path)].append(path)
    for header, unknown in by_header.items():
        if header not in _HEADERS:
            raise BadRecording(f"{unknown[0].name} is not a file of the Copenhagen study.")
    friends: dict[int, set[int]] = defaultdict(set)
    for path in by_header[FRIENDS]:
        for _, (one, other) in _rows(path, columns=2):
            friends[one].add(other)
            friends[other].add(one)
    people: set[int] = set()
    evidence: list[Row] = []
    for path in by_header[SMS]:
        for line, (seconds, sender, recipient) in _rows(path, columns=3):
            people |= {sender, recipient}
            item = _item(path, line, sender, recipient, seconds, start=start, friends=friends)
            item["kind"] = "message.sent"
            item["data"]["recipients"] = 1
            evidence.append(item)
    for path in by_header[CALLS]:
        for line, (seconds, caller, callee, duration) in _rows(path, columns=4):
            people |= {caller, callee}
            item = _item(path, line, caller, callee, seconds, start=start, friends=friends)
            item["kind"] = "call.made"
            # The study writes a missed call as -1.
            item["data"] |= {"duration_s": max(0, duration), "answered": duration >= 0}
            evidence.append(item)
    evidence.sort(key=lambda row: (row["occurred_at"], row["id"]))
    accounts = [_account(person, friends) for person in sorted(people)]
    return Recording(accounts=accounts, evidence=evidence)


def _account(person: int, friends: dict[int, set[int]]) -> Row:
    attributes: Row = {"study": "Copenhagen Networks Study"}
    if friends:
        declared = len(friends.get(person, ()))
        attributes |= {"declared_friends": declared, "about_friends": ABOUT_FRIENDS}
    return {"id": f"cns-{person}", "attributes": attributes}


def _item(
    path: Path,
    line: int,
    person: int,
    other: int,
    seconds: int,
    *,
    start: datetime,
    friends: dict[int, set[int]],
) -> Row:
    if not 0 <= seconds <= LONGEST_S:
        raise BadRecording(f"{path.name}, line {line}: {seconds} s is outside the study.")
    data: Row = {"recipient": f"cns-{other}"}
    if friends:
        data["declared_friend"] = other in friends.get(person, ())
    return {
        "id": f"{path.name}:{line}",
        "account": f"cns-{person}",
        "stage": "MESSAGING",
        "kind": "",
        "occurred_at": stamp(start + timedelta(seconds=seconds)),
        "data": data,
    }


def _rows(path: Path, *, columns: int) -> Iterator[tuple[int, list[int]]]:
    """Each row after the header with its line number (the header is line 1), as whole numbers."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        try:
            next(reader)
            for row in reader:
                try:
                    numbers = [int(cell) for cell in row]
                except ValueError:
                    numbers = []
                if len(numbers) != columns:
                    raise BadRecording(
                        f"{path.name}, line {reader.line_num}: expected {columns} whole numbers."
                    )
                yield reader.line_num, numbers
        except (csv.Error, UnicodeDecodeError) as exc:
            raise BadRecording(f"{path.name}, line {reader.line_num}: {exc}.") from exc


_HEADERS = {SMS, CALLS, FRIENDS}
