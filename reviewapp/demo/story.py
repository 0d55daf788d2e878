"""The whole main job, told over HTTP: machines send, people decide, the platform is asked, and the
figures of everybody who counted are held against each other.
"""

import csv
import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from reviewapp.demo.browsing import Browser, Lost
from reviewapp.demo.counts import Counts
from reviewapp.demo.feeding import Feeder
from reviewapp.demo.world import World

Say = Callable[[str], None]
SETTLE_SECONDS = 45
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
    admin: str
    password: str


@dataclass
class Tally:
    """What the people in the story did, as they themselves count it."""

    decided: int = 0
    actions: dict[str, int] = field(default_factory=dict)
    by_outcome: dict[str, int] = field(default_factory=dict)


class _Ledger:
    """Pairs of figures that have to agree; says each, and remembers which did not."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._started = time.monotonic()
        self.wrong: list[str] = []

    def step(self, words: str) -> None:
        self._say(f"{words} ({time.monotonic() - self._started:.0f} s)")

    def agree(self, what: str, *, expected: int, found: int) -> None:
        if expected == found:
            self._say(f"  ok  {what}: {found:,}")
        else:
            self.wrong.append(what)
            self._say(f"  NO  {what}: {found:,}, but {expected:,} were expected")


def tell(
    world: World,
    *,
    url: str,
    platform_url: str,
    key: str,
    people: People,
    verify: Callable[[], tuple[int, str]],
    say: Say,
) -> bool:
    """Tell the story on a running, empty instance. Returns whether all figures agree."""
    started = time.monotonic()
    figures = _Ledger(say)
    with _Machine(url, platform_url, key) as machine:
        fed = machine.feed(world)
        figures.step("1. Sent accounts, and what was seen and found about them.")
        for what, rows in (
            ("accounts", world.accounts),
            ("evidence", world.evidence),
            ("detections", world.detections),
        ):
            figures.agree(f"{what} taken", expected=len(rows), found=fed[what].accepted)
        again = machine.feed(world)
        resent = len(world.evidence) + len(world.detections)
        found = again["evidence"].duplicates + again["detections"].duplicates
        figures.step("2. Sent it all again, as after a lost answer.")
        figures.agree("duplicates refused", expected=resent, found=found)
        queued = fed["detections"].cases
        waiting = sum(1 for _ in machine.pages("cases", state="OPEN"))
        figures.step("3. Edge cases wait for people.")
        figures.agree("cases queued", expected=len(queued), found=waiting)

        tally = decide_all(world, machine, url=url, people=people)
        said = ", ".join(f"{n} {what}" for what, n in sorted(tally.by_outcome.items()))
        figures.step(f"4. {len(people.analysts)} analysts decided, through the pages: {said}.")
        figures.agree("cases decided", expected=waiting, found=tally.decided)
        left = sum(1 for _ in machine.pages("cases", state="OPEN"))
        figures.agree("cases left", expected=0, found=left)

        automated = [row for row in world.detections if row["verdict"] == "ENFORCED"]
        asked = sum(tally.actions.values())
        told = asked + sum(1 for row in automated if row.get("notify"))
        applied = machine.settled(asked=asked, told=told)
        figures.step("5. The platform, by its own count.")
        figures.agree("enforcements applied", expected=asked, found=applied["enforcements"])
        figures.agree("notifications", expected=told, found=applied["notifications"])
        figures.agree("signatures rejected", expected=0, found=applied["rejected"])

        lines = sum(1 for _ in machine.pages("decisions"))
        figures.step("6. The decision log.")
        figures.agree("decisions", expected=len(automated) + tally.decided, found=lines)
        downloaded = exported(url, people)
        figures.agree("decisions exported", expected=lines, found=downloaded)

        labels = machine.labels(at_least=tally.decided)
        figures.step("7. What detectors hear back.")
        say(f"  {len(labels):,} labels for {len({row['detector'] for row in labels})} detectors")
        status, words = machine.verified(verify)
        figures.step(f"8. The ledger: {words}")
        figures.agree("verify_ledger exits with", expected=0, found=status)
    seconds = time.monotonic() - started
    if figures.wrong:
        say(f"NOT in order after {seconds:.0f} s: {', '.join(figures.wrong)}.")
    else:
        say(f"All figures agree, after {seconds:.0f} s.")
    return not figures.wrong


def decide_all(world: World, machine: "_Machine", *, url: str, people: People) -> Tally:
    """Have the analysts take turns until no case is left."""
    tally = Tally()
    browsers = []
    for email in people.analysts:
        browser = Browser(url)
        browser.sign_in(email, people.password)
        browsers.append(browser)
    turn = 0
    while True:
        browser = browsers[turn % len(browsers)]
        turn += 1
        browser.open("/")
        browser.send(browser.form("/claims/"), {})
        if not browser.path.startswith("/cases/"):
            break
        _decide(browser, world, machine, tally)
    for browser in browsers:
        browser.__exit__(None, None, None)
    return tally


def _decide(browser: Browser, world: World, machine: "_Machine", tally: Tally) -> None:
    ref = browser.path.strip("/").split("/")[1]
    case = machine.get(f"cases/{ref}")
    persona = world.cast[case["account"]]
    form = browser.form("/decision/")
    written = {"rationale": f"Looked at the timeline: {persona.replace('_', ' ')}."}
    answer: dict[str, Any]
    if persona in INNOCENT:
        answer = {"outcome": "NO_VIOLATION", "action": "", "clauses": [], **written}
        action = ""
    else:
        action = (
            "WARN"
            if persona in WARNED
            else "TEMPORARY_BAN"
            if persona in BANNED_FOR_A_WEEK
            else "PERMANENT_BAN"
        )
        answer = {
            "outcome": "VIOLATION",
            "action": action,
            "clauses": [form.choices["clauses"][0]],
            "reason_shown": "You wrote to many people who do not have you as a contact.",
            **written,
        }
    browser.send(form, {**answer, "confidence": "HIGH", "then": "stay"})
    after = machine.get(f"cases/{ref}")
    if after["state"] != "DECIDED":
        raise Lost(f"{ref} could not be decided: it is {after['state']}.")
    tally.decided += 1
    tally.by_outcome[answer["outcome"]] = tally.by_outcome.get(answer["outcome"], 0) + 1
    if action:
        tally.actions[action] = tally.actions.get(action, 0) + 1


def exported(url: str, people: People) -> int:
    """How many decisions the admin's CSV download of the decision log holds."""
    with Browser(url) as browser:
        browser.sign_in(people.admin, people.password)
        content = browser.download("/decisions.csv", media_type="text/csv").decode("utf-8-sig")
    return sum(1 for row in csv.DictReader(io.StringIO(content)) if row["kind"] == "decision.made")


class _Machine:
    """A source's side of the story, and the platform's own account of it."""

    def __init__(self, url: str, platform_url: str, key: str) -> None:
        self._url, self._key, self._platform_url = url, key, platform_url
        self._client = httpx.Client(
            base_url=f"{url}/api/v1/",
            headers={"Authorization": f"Bearer {key}"},
            timeout=60,
            trust_env=False,
        )

    def __enter__(self) -> "_Machine":
        return self

    def __exit__(self, *exception: object) -> None:
        self._client.close()

    def feed(self, world: World) -> dict[str, Counts]:
        with Feeder(self._url, self._key) as feeder:
            return {
                "accounts": feeder.send("accounts", world.accounts),
                "evidence": feeder.send("evidence", world.evidence),
                "detections": feeder.send("detections", world.detections),
            }

    def get(self, path: str, **parameters: str) -> dict[str, Any]:
        answer = self._client.get(path, params=parameters)
        if answer.status_code != 200:
            raise Lost(f"{path} answered {answer.status_code}: {answer.text[:200]}")
        found: dict[str, Any] = answer.json()
        return found

    def pages(self, path: str, **parameters: str) -> Iterator[dict[str, Any]]:
        """Every row of a list, page after page."""
        after: dict[str, str] = {}
        while True:
            page = self.get(path, limit="500", **parameters, **after)
            yield from page["items"]
            if not page["next"]:
                return
            after = {"after": page["next"]}

    def settled(self, *, asked: int, told: int) -> dict[str, int]:
        """What the platform counts, once it has been asked for everything or time is up."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while True:
            state = httpx.get(f"{self._platform_url}state.json", timeout=10, trust_env=False).json()
            counts = state["counts"]
            found = {
                "enforcements": counts.get("enforcement.requested", {}).get("applied", 0),
                "notifications": sum(counts.get("notification.requested", {}).values()),
                "rejected": state["rejected_signatures"],
            }
            done = found["enforcements"] >= asked and found["notifications"] >= told
            if done or time.monotonic() > deadline:
                return found
            time.sleep(0.2)

    def labels(self, *, at_least: int) -> list[dict[str, Any]]:
        """The labels, which appear as the ledger is sealed, within seconds."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while True:
            found = list(self.pages("labels"))
            if len(found) >= at_least or time.monotonic() > deadline:
                return found
            time.sleep(0.2)

    def verified(self, verify: Callable[[], tuple[int, str]]) -> tuple[int, str]:
        """Verify until nothing waits for its seal any more, or time is up."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while True:
            status, words = verify()
            if status or "; 0 wait" in words or time.monotonic() > deadline:
                return status, words.splitlines()[0] if words else ""
            time.sleep(0.5)
