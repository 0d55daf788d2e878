"""The steps of the story, each with its figures."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import httpx

from reviewapp.demo.browsing import Lost
from reviewapp.demo.feeding import CannotFeed
from reviewapp.demo.residents import Row
from reviewapp.demo.story.figures import Figures, Say
from reviewapp.demo.story.machine import Machine, counted, once
from reviewapp.demo.story.people import People, Tally, decide_all, downloaded
from reviewapp.demo.world import World

Verify = Callable[[], tuple[int, str]]
SHORT_BAN_SECONDS = 3


def tell(
    world: World,
    *,
    url: str,
    platform_url: str,
    key: str,
    people: People,
    verify: Verify,
    say: Say,
) -> bool:
    """Tell the story on a running, empty instance. Returns whether all figures agree.

    Args:
        key: opens everything that machines do and the platform confirms.
        verify: exit status and words of `verify_ledger`.
        say: takes each line: a step, a figure, or in one line why the story breaks off.
    """
    figures = Figures(say)
    try:
        with Machine(url, platform_url, key) as machine:
            _Story(world, machine, figures, url=url, people=people).tell(verify)
    except (Lost, CannotFeed, httpx.HTTPError) as broken:
        figures.broken(f"{type(broken).__name__}: {broken}")
    return figures.close()


class _Story:
    """What everybody knows while the story is told."""

    def __init__(
        self, world: World, machine: Machine, figures: Figures, *, url: str, people: People
    ) -> None:
        self.world, self.machine, self.figures = world, machine, figures
        self.url, self.people = url, people
        self.automated = [row for row in world.detections if row["verdict"] == "ENFORCED"]
        self.cases = 0
        self.lifted = 0
        self.reported_at = datetime.now(UTC)
        self.tally = Tally()

    def tell(self, verify: Verify) -> None:
        self.send()
        self.send_again()
        self.decide()
        self.have_it_applied()
        self.end_a_ban()
        self.label()
        self.log()
        self.verify(verify)

    def send(self) -> None:
        fed = self.machine.feed(self.world)
        self.reported_at = datetime.now(UTC)
        self.figures.step("1. Sent accounts, and what was seen and found about them.")
        for what, rows in self._rows():
            self.figures.agree(f"{what} taken", expected=len(rows), found=fed[what].accepted)
        self.cases = len(fed["detections"].cases)

    def send_again(self) -> None:
        again = self.machine.feed(self.world)
        self.figures.step("2. Sent it all again, as after a lost answer.")
        for what, rows in self._rows():
            words = "accounts unchanged" if what == "accounts" else f"duplicate {what} refused"
            self.figures.agree(words, expected=len(rows), found=again[what].duplicates)

    def decide(self) -> None:
        waiting = sum(1 for _ in self.machine.pages("cases", state="OPEN"))
        self.figures.step("3. Edge cases wait for people.")
        self.figures.agree("cases queued", expected=self.cases, found=waiting)
        self.tally = decide_all(self.world.cast, self.machine, url=self.url, people=self.people)
        said = ", ".join(f"{n} {what}" for what, n in sorted(self.tally.by_outcome.items()))
        self.figures.step(
            f"4. {len(self.people.analysts)} analysts decided, through the pages: {said}. "
            f"{self.tally.approved} of it a lead approved."
        )
        self.figures.agree("cases decided", expected=waiting, found=self.tally.decided)
        left = sum(1 for _ in self.machine.pages("cases", state="OPEN"))
        self.figures.agree("cases left", expected=0, found=left)

    def have_it_applied(self) -> None:
        asked = self.tally.actions.total()
        told = asked + sum(1 for row in self.automated if row.get("notify"))
        state = once(
            self.machine.platform,
            lambda state: (
                counted(state, "enforcement.requested", "applied") >= asked
                and counted(state, "enforcement.lifted", "applied") >= self._ended()
                and counted(state, "notification.requested", "applied") >= told
            ),
        )
        self.lifted = self._ended()
        in_force = sum(len(row["in_force"]) for row in state["standings"].values())
        self.figures.step("5. The platform, by its own count.")
        for what, expected, found in (
            ("enforcements applied", asked, counted(state, "enforcement.requested", "applied")),
            ("bans lifted on time", self.lifted, counted(state, "enforcement.lifted", "applied")),
            ("restrictions in force", asked - self.tally.actions["WARN"], in_force),
            ("notifications", told, counted(state, "notification.requested", "applied")),
            ("signatures rejected", 0, state["rejected_signatures"]),
            ("late orders ignored", 0, state["stale"]),
        ):
            self.figures.agree(what, expected=expected, found=found)

    def end_a_ban(self) -> None:
        """A ban that ends while we look, on a platform that says only later what it has done."""
        found = {row["account"] for row in self.world.detections}
        quiet = next(row["id"] for row in self.world.accounts if row["id"] not in found)
        self.machine.only_acknowledge()
        ban = self.machine.report_ban(self.automated[0], account=quiet, seconds=SHORT_BAN_SECONDS)
        state = once(
            self.machine.platform,
            lambda state: counted(state, "enforcement.lifted", "accepted") > 0,
        )
        self.figures.step(f"6. A ban of {SHORT_BAN_SECONDS} seconds ended by itself.")
        accepted = counted(state, "enforcement.lifted", "accepted")
        self.figures.agree("lifts acknowledged", expected=1, found=accepted)
        lift = state["standings"][quiet]["latest"]
        self.machine.confirm(lift)
        ended = [self.machine.get(f"enforcements/{ref}")["state"] for ref in (ban, lift)]
        self.figures.agree(
            "confirmed by call", expected=1, found=int(ended == ["EXPIRED", "APPLIED"])
        )

    def label(self) -> None:
        expected = self.tally.labels
        # Labels appear as the ledger is sealed, within seconds.
        labels = once(
            lambda: list(self.machine.pages("labels")), lambda found: len(found) >= len(expected)
        )
        self.figures.step("7. What detectors hear back.")
        detectors = {row["detector"] for row in labels}
        self.figures.say(f"  {len(labels):,} labels for {len(detectors)} detectors")
        self.figures.agree("labels", expected=len(expected), found=len(labels))
        fitting = sum(expected.get(row["detection"]) == row["label"] for row in labels)
        self.figures.agree("labels as decided", expected=len(expected), found=fitting)

    def log(self) -> None:
        made = len(self.automated) + 1 + self.tally.decided
        lines = once(
            lambda: sum(1 for _ in self.machine.pages("decisions")), lambda found: found >= made
        )
        self.figures.step("8. The decision log.")
        self.figures.agree("decisions", expected=made, found=lines)
        rows = downloaded(self.url, self.people).total()
        self.figures.agree("rows exported", expected=made, found=rows)

    def verify(self, verify: Verify) -> None:
        self.figures.step("9. The ledger.")
        kinds = downloaded(self.url, self.people, kind="all")
        for kind, expected in self._implied().items():
            self.figures.agree(f"entries {kind}", expected=expected, found=kinds[kind])
        # What waits for its seal now is sealed within seconds.
        status, words = once(verify, lambda found: bool(found[0]) or "; 0 wait" in found[1])
        first = words.partition("\n")[0]
        self.figures.step(f"10. {first}")
        self.figures.agree("verify_ledger exits with", expected=0, found=status)
        sealed = re.match(r"(\d+) entries in (\d+) seals", first)
        # The download is in the ledger too, as the last entry, and not in the file itself.
        self.figures.agree(
            "entries sealed", expected=kinds.total() + 1, found=int(sealed[1]) if sealed else 0
        )

    def _rows(self) -> tuple[tuple[str, list[Row]], ...]:
        return (
            ("accounts", self.world.accounts),
            ("evidence", self.world.evidence),
            ("detections", self.world.detections),
        )

    def _ended(self) -> int:
        """How many of the detectors' own bans have reached their end since they were reported."""
        return self._over(by=datetime.now(UTC)) - self._over(by=self.reported_at)

    def _over(self, *, by: datetime) -> int:
        """How many of the detectors' own bans had reached their end by then."""
        ends = (row["until"] for row in self.automated if row.get("until"))
        return sum(datetime.fromisoformat(end) <= by for end in ends)

    def _implied(self) -> Counter[str]:
        """The entries that the steps so far must have left, by kind."""
        asked, lifts = self.tally.actions.total(), self.lifted + 1
        told = asked + sum(1 for row in self.automated if row.get("notify"))
        automated = len(self.automated) + 1
        return Counter(
            {
                "detection.received": len(self.world.detections) + 1,
                "case.opened": self.cases,
                "case.claimed": self.tally.decided,
                "decision.made": automated + self.tally.decided,
                "enforcement.requested": asked + lifts,
                "enforcement.applied": automated + asked + lifts,
                "enforcement.expired": lifts + self._over(by=self.reported_at),
                "enforcement.failed": 0,
                "notification.requested": told,
                "notification.sent": told,
                "label.given": len(self.tally.labels),
            }
        )
