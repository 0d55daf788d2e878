"""What was done to an account, as far as its owner is told of it."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from appeals.models import Appeal
from cases import enforcing
from cases.enums import Action, EnforcementState
from cases.models import Account
from cases.models.enforcement import EnforcementQuerySet

_OVER = (EnforcementState.LIFTED, EnforcementState.EXPIRED)


def disclosed(account: Account, *, at: datetime) -> EnforcementQuerySet:
    """What can be contested, what is over by now, and what was appealed; the newest first.

    Nobody hears of what can still be taken back as if it had never been, nor of what never came
    about.
    """
    contestable = enforcing.appealable(account, at=at).order_by()
    found: EnforcementQuerySet = account.enforcements.exclude(action=Action.LIFT).filter(
        Q(pk__in=contestable.values("pk"))
        | Q(state__in=_OVER)
        | Exists(Appeal.objects.filter(enforcement=OuterRef("pk")))
    )
    return found.order_by("-sequence")


def has_something_to_see(account: Account, *, at: datetime) -> bool:
    """Whether its owner could do anything here: contest something, or follow an appeal."""
    return (
        enforcing.appealable(account, at=at).exists()
        or Appeal.objects.filter(account=account).exists()
    )
