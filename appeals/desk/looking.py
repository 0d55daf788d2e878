"""How the views of appeals come by one, and who looked at it."""

from datetime import datetime

from django.http import HttpRequest

from appeals.desk.claims import find_ticket
from appeals.lines import line
from appeals.models import Appeal
from cases.views.finding import note_once
from reviewapp.staff.models import User

_LOADED = (
    "enforcement__account",
    "enforcement__decision__case",
    "lapsed_from",
    "group",
    "admission_by",
)


def find_appeal(request: HttpRequest, ref: str) -> Appeal:
    """The appeal that `ref` names, with what its page needs. Raises Http404."""
    found: Appeal = find_ticket(request, Appeal, ref, *_LOADED)
    return found


def note_look(appeal: Appeal, *, by: User, now: datetime) -> None:
    """Have the ledger know that `by` read this appeal; once for one look."""
    note_once(line(appeal, "appeal.viewed", by.actor, now))
