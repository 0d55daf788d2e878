"""Which decision a grievance led to: what reports call actioned.

# Note [Nobody types “actioned”]

Reports call an account actioned where a ban was imposed or lifted because of a complaint. So it is
a decision that says it, made by a person on an account since the grievance came: whoever answers
points at the decision, and what came of the grievance follows from that. A refusal, help, a
redirection into the app and a duplicate point at none, and the database refuses them one.
"""

from datetime import datetime

from appeals.enums import GrievanceResolution
from appeals.models import Grievance
from cases.enums import BANS, Action, Maker
from cases.models import Decision, Enforcement
from reviewapp.kernel.refusals import Refused


class NotBecauseOfIt(Refused):
    """This decision is none that was made because of the grievance."""


def check_made_since(decision: Decision, *, since: datetime, at: datetime) -> None:
    """See that a person made `decision` because of what came at `since`, as far as one can tell.

    Raises NotBecauseOfIt where it came before, was a machine's, was undone, or may yet be taken
    back.
    """
    said = f"{decision.ref} "
    if decision.decided_at < since:
        raise NotBecauseOfIt(said + "was made before this came.", pointer="decision")
    if decision.maker == Maker.AUTOMATED:
        raise NotBecauseOfIt(said + "was made by no person.", pointer="decision")
    if decision.is_withdrawn or decision.undone_by.all():
        raise NotBecauseOfIt(said + "does not stand.", pointer="decision")
    if decision.effective_at is not None and decision.effective_at > at:
        raise NotBecauseOfIt(
            said + "can still be taken back. Try again in a minute.", pointer="decision"
        )


def actioned_by(decision: Decision, *, since: datetime, at: datetime) -> GrievanceResolution:
    """What a decision makes of the grievance that it was made because of.

    Raises NotBecauseOfIt as `check_made_since`, and where it asked for no ban and lifted none.
    """
    check_made_since(decision, since=since, at=at)
    lifted = any(
        each.action == Action.LIFT and each.lifts and each.lifts.action in BANS
        for each in decision.enforcements.all()
    )
    if decision.action in BANS and decision.undoes_id is None:
        return GrievanceResolution.ACCOUNT_BANNED
    if lifted and decision.action not in BANS:
        return GrievanceResolution.ACCOUNT_RESTORED
    raise NotBecauseOfIt(
        f"{decision.ref} neither banned nor restored an account.", pointer="decision"
    )


def decisions_since(grievance: Grievance, *, at: datetime) -> list[Decision]:
    """The decisions on the grievance's account that its answer may rest on, newest first."""
    if grievance.account is None:
        return []
    made = (
        Decision.objects.standing()
        .filter(account=grievance.account, decided_at__gte=grievance.received_at)
        .exclude(maker=Maker.AUTOMATED)
        .select_related("account", "decided_by")
        .prefetch_related("undone_by", "enforcements__lifts")
        .order_by("-decided_at", "-id")
    )
    fitting = []
    for decision in made[:20]:
        try:
            actioned_by(decision, since=grievance.received_at, at=at)
        except NotBecauseOfIt:
            continue
        fitting.append(decision)
    return fitting


def asked_by(decision: Decision | None) -> Enforcement | None:
    """What a decision asked of the platform last; None where it asked nothing."""
    if decision is None:
        return None
    asked: Enforcement | None = decision.enforcements.order_by("sequence").last()
    return asked
