"""The people of the story: they sign in, decide, and take the ledger along, as pages let them."""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reviewapp.demo.browsing import Browser, Form, Lost
from reviewapp.demo.story.machine import Machine

# Who lives an innocent life in the simulated town; everybody else did what they were found for.
INNOCENT = frozenset(
    {
        "person", "chatterer", "greeter", "newcomer", "organiser", "busy_business",
        "falsely_reported", "internet_cafe",
    }
)  # fmt: skip
WARNED = frozenset({"harasser"})
BANNED_FOR_A_WEEK = frozenset({"slow_spammer", "compromised"})


@dataclass(frozen=True)
class People:
    """Who signs in during the story."""

    analysts: list[str]
    lead: str
    admin: str
    password: str


@dataclass
class Tally:
    """What the people in the story did, as they themselves count it.

    `labels` is what each detection of their cases should hear back: that the outcome was no
    violation, or a violation of the clause that it named, since every named clause is cited.
    """

    decided: int = 0
    approved: int = 0
    actions: Counter[str] = field(default_factory=Counter)
    by_outcome: Counter[str] = field(default_factory=Counter)
    labels: dict[str, str] = field(default_factory=dict)


def decide_all(cast: Mapping[str, str], machine: Machine, *, url: str, people: People) -> Tally:
    """Have the analysts take turns until no case is left, and the lead approve what waits for that.

    `cast` says which life each account leads; it is all that they judge by. Raises Lost where a
    page is not the one they should be on.
    """
    tally = Tally()
    browsers = [Browser(url) for _ in (people.lead, *people.analysts)]
    try:
        for browser, email in zip(browsers, (people.lead, *people.analysts), strict=True):
            browser.sign_in(email, people.password)
        lead, *analysts = browsers
        turn = 0
        while _take_next(analysts[turn % len(analysts)]):
            _decide(analysts[turn % len(analysts)], cast, machine, tally, lead=lead)
            turn += 1
    finally:
        for browser in browsers:
            browser.close()
    return tally


def _take_next(browser: Browser) -> bool:
    """Whether there was one: home offers to take a case only while one waits."""
    browser.open("/")
    if not browser.has_form("/claims/"):
        return False
    browser.send(browser.form("/claims/"), {})
    return browser.path.startswith("/cases/")


def _decide(
    browser: Browser, cast: Mapping[str, str], machine: Machine, tally: Tally, *, lead: Browser
) -> None:
    ref = browser.path.strip("/").split("/")[1]
    case = machine.get(f"cases/{ref}")
    persona = cast[case["account"]]
    form = browser.form("/decision/")
    answer = _judged(persona, case["detections"], form)
    browser.send(
        form,
        {
            **answer,
            "rationale": f"Looked at the timeline: {persona.replace('_', ' ')}.",
            "confidence": "HIGH",
            "then": "stay",
        },
    )
    after = machine.get(f"cases/{ref}")
    if after["state"] == "AWAITING_APPROVAL":
        lead.open(f"/cases/{ref}/")
        lead.send(lead.form("/approval/"), {})
        tally.approved += 1
        after = machine.get(f"cases/{ref}")
    if after["state"] != "DECIDED":
        raise Lost(f"{ref} could not be decided: it is {after['state']}.")
    tally.decided += 1
    tally.by_outcome[answer["outcome"]] += 1
    if answer["action"]:
        tally.actions[answer["action"]] += 1
    tally.labels |= {each["id"]: answer["outcome"] for each in case["detections"]}


def _judged(persona: str, detections: Sequence[Mapping[str, Any]], form: Form) -> dict[str, Any]:
    """Outcome, action and clauses, as somebody decides who knows everybody's life."""
    if persona in INNOCENT:
        return {"outcome": "NO_VIOLATION", "action": "", "clauses": []}
    action = "PERMANENT_BAN"
    if persona in WARNED:
        action = "WARN"
    elif persona in BANNED_FOR_A_WEEK:
        action = "TEMPORARY_BAN"
    # The page offers the clauses that the detections name before all others.
    named = len({each["policy"] for each in detections})
    return {
        "outcome": "VIOLATION",
        "action": action,
        "clauses": form.choices["clauses"][:named],
        "reason_shown": "You wrote to many people who do not have you as a contact.",
    }


def downloaded(url: str, people: People, *, kind: str = "") -> Counter[str]:
    """How many entries of each kind the admin's CSV download of the log holds."""
    with Browser(url) as browser:
        browser.sign_in(people.admin, people.password)
        path = f"/decisions.csv?kind={kind}" if kind else "/decisions.csv"
        content = browser.download(path, media_type="text/csv").decode("utf-8-sig")
    return Counter(row["kind"] for row in csv.DictReader(io.StringIO(content)))
