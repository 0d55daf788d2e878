"""An account that Ada banned, and an appeal against that: what tests of answers begin with."""

from datetime import datetime, timedelta
from typing import Any

from appeals import claiming
from appeals.models import Appeal
from cases import claiming as casework
from cases import deciding, enforcing, notifying
from cases.enums import Action
from cases.models import Decision
from cases.platform import FakePlatform
from reviewapp.staff.models import User
from tests.appeals.factories import make_appeal
from tests.cases.factories import NOON, clause, make_account, make_case, verdict

HOUR = timedelta(hours=1)
LATER = NOON + HOUR
ADDRESS = "meera@example.org"


def ban(by: User, *, at: datetime = NOON, **changed: Any) -> Decision:
    """A person's ban for good, at the platform unless it says otherwise later."""
    account = changed.pop("account", None) or make_account(at=at)
    case = make_case(account=account, detections=2, at=at)
    casework.take(case=case, by=by, now=at)
    return deciding.decide(
        case=case, by=by, at=at, effective_at=None,
        **verdict(case, **{"action": Action.PERMANENT_BAN} | changed),
    )  # fmt: skip


def deliver(platform: FakePlatform, at: datetime = NOON) -> None:
    """What a worker does when it is woken."""
    enforcing.deliver_due(platform=platform, clock=lambda: at)
    notifying.deliver_due(platform=platform, clock=lambda: at)


def appeal_against(decision: Decision, **fields: Any) -> Appeal:
    """An appeal by whoever showed that the account is theirs, with an address."""
    named = {"barred": [decision.decided_by_id], "contact": ADDRESS, "identity_checked_at": NOON}
    return make_appeal(
        account=decision.account, enforcement=decision.enforcements.get(), **(named | fields)
    )


def held(decision: Decision, by: User, *, at: datetime = LATER, **fields: Any) -> Appeal:
    return claiming.take(ticket=appeal_against(decision, **fields), by=by, at=at)


def answer(appeal: Appeal, **changed: Any) -> dict[str, Any]:
    """The arguments of a plain answer: reversed, for the detector was wrong."""
    arguments: dict[str, Any] = {
        "seen_version": appeal.version,
        "outcome": "REVERSED",
        "cause": "DETECTOR_ERROR",
        "reason": "The people you wrote to know you.",
        "rationale": "Everybody wrote back.",
        "locale": "en",
    }
    return arguments | changed


def upheld(appeal: Appeal, **changed: Any) -> dict[str, Any]:
    stands = {"outcome": "ORIGINAL_DECISION_UPHELD", "cause": "", "rationale": ""}
    return answer(appeal, **(stands | changed))


def ask_for_a_second_person(code: str = "BULK_MESSAGING") -> None:
    """Have the rule want one for its reversals, from half an hour after noon on."""
    rule = clause(code)
    rule.pk, rule._state.adding = None, True
    rule.version, rule.effective_from = rule.version + 1, NOON + HOUR / 2
    rule.reversal_needs_approval = True
    rule.save()
