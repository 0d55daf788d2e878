"""The stand-in platform's page: what it was asked, and where accounts stand."""

from collections.abc import Iterable
from html import escape
from typing import Any

from reviewapp.demo.platform.standin import StandInPlatform

SHOWN = 100

HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<meta name="viewport" content="width=device-width"><title>Stand-in platform</title>
<style>
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { margin: 24px; max-width: 72rem }
table { border-collapse: collapse; margin-bottom: 24px; font-variant-numeric: tabular-nums }
th, td { text-align: start; padding: 4px 16px 4px 0; border-bottom: 1px solid #8886 }
caption { text-align: start; font-weight: 600; padding-bottom: 4px }
</style></head><body>
<h1>Stand-in platform</h1>
<p>Plays the messenger that is asked to act. Everything here is simulated and is gone when it stops.
The same as data: <a href="/state.json">state.json</a>.</p>
"""


def page(platform: StandInPlatform) -> str:
    """The whole page, as HTML. Everything that came from outside is escaped."""
    state = platform.state()
    counts = [
        (kind, status, count)
        for kind, statuses in state["counts"].items()
        for status, count in statuses.items()
    ]
    also = [
        ("Repeated ids", state["duplicates"]),
        ("Stale sequences", state["stale"]),
        ("Refused signatures", state["rejected_signatures"]),
        ("Failures", state["failures"]),
        *((f"Mood: {name}", value) for name, value in state["mood"].items()),
    ]
    standings = [
        (account, row["sequence"], *in_force)
        for account, row in list(state["standings"].items())[-SHOWN:][::-1]
        for in_force in _in_force(row)
    ]
    told = [
        (account, message["subject"], message["locale"], message["link"] or "")
        for account, sent in list(state["notifications"].items())[-SHOWN:][::-1]
        for message in sent
    ]
    codes = [
        (account, code)
        for account, sent in list(state["challenges"].items())[-SHOWN:][::-1]
        for code in sent[::-1]
    ]
    requests = [
        (f"{seen.at:%H:%M:%S}", seen.type, seen.account, seen.webhook_id, seen.status, seen.said)
        for seen in platform.recent_requests()[:SHOWN]
    ]
    return "".join(
        (
            HEAD,
            _table("Done", ("Type", "Status", "Count"), counts),
            _table("Also counted", ("What", "Value"), also),
            _table(
                "Standings",
                ("Account", "Sequence", "In force", "Until", "Enforcement", "Policy"),
                standings,
            ),
            _table("Notifications", ("Account", "Subject", "Locale", "Link"), told),
            _table("Codes", ("Account", "Code"), codes),
            _table("Recent requests", ("At", "Type", "Account", "Id", "Status", "Said"), requests),
            "</body></html>",
        )
    )


def _in_force(row: dict[str, Any]) -> list[tuple[str, ...]]:
    """A line for each restriction of an account; one line also where there is none."""
    return [
        (each["action"], each["until"], each["enforcement"], each["policy"])
        for each in row["in_force"]
    ] or [("nothing in force", "", "", "")]


def _table(caption: str, heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    body = "".join(
        "<tr>" + "".join(f"<td>{_cell(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
    )
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in heads)
    empty = "" if body else "<p>Nothing yet.</p>"
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>{empty}"
    )


def _cell(text: str) -> str:
    """Text, escaped; a web address as a link to it."""
    shown = escape(text)
    return f'<a href="{shown}">{shown}</a>' if text.startswith(("http://", "https://")) else shown
