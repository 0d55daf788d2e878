"""Running the reference detectors over accounts and their evidence."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from reviewapp.demo.detectors.devices import ACCOUNT_TAKEOVER, CLIENT_INTEGRITY
from reviewapp.demo.detectors.feedback import COORDINATED_REPORTS, REPORT_RATE
from reviewapp.demo.detectors.findings import Detector, Finding
from reviewapp.demo.detectors.groups import GROUP_ADDS
from reviewapp.demo.detectors.neighbourhood import Neighbourhood
from reviewapp.demo.detectors.rates import HOURLY_RATE, MESSAGE_BURST
from reviewapp.demo.detectors.recipients import NO_TYPING, STRANGER_RATIO
from reviewapp.demo.detectors.registration import BANNED_PROFILE, REGISTRATION_NETWORK
from reviewapp.demo.detectors.reputation import NETWORK_REPUTATION
from reviewapp.demo.detectors.seen import Seen

Row = Mapping[str, Any]

# In this order: each sees the bans and reviews of those before it, so those that act alone
# come first and the one that judges by the neighbours comes last.
DETECTORS = (
    REGISTRATION_NETWORK,
    MESSAGE_BURST,
    STRANGER_RATIO,
    NO_TYPING,
    GROUP_ADDS,
    REPORT_RATE,
    HOURLY_RATE,
    CLIENT_INTEGRITY,
    ACCOUNT_TAKEOVER,
    COORDINATED_REPORTS,
    BANNED_PROFILE,
    NETWORK_REPUTATION,
)


def inputs_of(accounts: Iterable[Row], evidence: Iterable[Row]) -> set[str]:
    """What the data has to say, in the words of `Detector.needs`."""
    inputs: set[str] = set()
    for account in accounts:
        inputs |= {f"account.{field}" for field, value in account.items() if value}
    for row in evidence:
        inputs.add(row["kind"])
        inputs |= {f"{row['kind']}.{field}" for field in row.get("data") or ()}
    return inputs


def applicable(accounts: Sequence[Row], evidence: Sequence[Row]) -> list[Detector]:
    """The detectors whose every input the data has."""
    inputs = inputs_of(accounts, evidence)
    return [detector for detector in DETECTORS if detector.needs <= inputs]


def detect(
    accounts: Sequence[Row], evidence: Sequence[Row], *, until: datetime | None = None
) -> list[dict[str, Any]]:
    """Every detection over the data, in the shape of `POST /detections`, in time order.

    A banned account is silent: of several detectors that would act alone the first does, and what
    any detector would have found afterwards is left out. So is what would only be found after
    `until`, where that is given.
    """
    of_account: dict[str, list[Row]] = defaultdict(list)
    for row in evidence:
        of_account[row["account"]].append(row)
    everybody = [Seen(account, of_account[account["id"]]) for account in accounts]
    around = Neighbourhood(everybody)
    found: list[tuple[Detector, Seen, Finding]] = []
    for detector in applicable(accounts, evidence):
        for seen in everybody:
            finding = detector.detect(seen, detector.limits, around)
            if finding is None or (until and finding.at > until):
                continue
            found.append((detector, seen, finding))
            if finding.action:
                banned_at = around.bans.get(seen.id, finding.at)
                around.bans[seen.id] = min(banned_at, finding.at)
                around.in_review.discard(seen.id)
            elif not _too_late(finding, around.bans.get(seen.id)):
                around.in_review.add(seen.id)
    found = [each for each in found if not _too_late(each[2], around.bans.get(each[1].id))]
    found.sort(key=lambda each: (each[2].at, each[1].id, each[0].name))
    return [detector.detection(seen, finding) for detector, seen, finding in found]


def _too_late(finding: Finding, banned_at: datetime | None) -> bool:
    if banned_at is None:
        return False
    return finding.at > banned_at or (not finding.action and finding.at == banned_at)
