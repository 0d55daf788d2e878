"""Who has come in: a signed cookie of the portal's own, for a while and for its paths alone.

# Note [What a visit opens]

Who comes by a code has shown that the account is theirs now, and sees all of it that is here. A
link lies in a message for months and may be passed on to somebody who helps: it opens the one
decision that it came with, and the appeals against it; whatever else is filed on the way is added
to the visit. Staff sessions mean nothing here, and a visit means nothing there.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from appeals.disclosing import disclosed
from appeals.models import Appeal
from appeals.models.appeals import AppealQuerySet
from appeals.portal.pages import problem
from cases.models import Account
from cases.models.enforcement import EnforcementQuerySet

# The ledger's name for whoever writes here: which account is theirs, its lines say themselves.
ACTOR = "person"
COOKIE = "review"
PATH = "/review/"
SALT = "appeals.portal.visit"
# Counted anew with every page: long enough to write a letter, and to fetch a document.
LASTS = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who has come in. See Note [What a visit opens].

    Attributes:
        account: theirs.
        enforcement: the only one that is opened, where they came by a link.
        appeals: those opened beside it.
    """

    account: UUID
    enforcement: UUID | None = None
    appeals: tuple[UUID, ...] = ()

    def enforcements_of(self, account: Account, *, at: datetime) -> EnforcementQuerySet:
        """What is to be seen here of what was done to the account, the newest first."""
        found = disclosed(account, at=at)
        return found.filter(pk=self.enforcement) if self.enforcement else found

    def appeals_of(self, account: Account) -> AppealQuerySet:
        found = Appeal.objects.filter(account=account)
        if self.enforcement is None:
            return found
        return found.filter(enforcement=self.enforcement) | found.filter(pk__in=self.appeals)

    def with_appeal(self, appeal: Appeal) -> "Visit":
        return replace(self, appeals=tuple({*self.appeals, appeal.pk}))


def remember(response: HttpResponse, visit: Visit) -> None:
    """Have the browser show `visit` with its next requests."""
    response.set_signed_cookie(
        COOKIE,
        json.dumps(
            [str(visit.account), str(visit.enforcement or ""), *map(str, visit.appeals)],
            separators=(",", ":"),
        ),
        salt=SALT,
        max_age=LASTS,
        path=PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        # Not strict: who comes from the messenger by a link is sent on within the portal.
        samesite="Lax",
    )


def forget(response: HttpResponse) -> None:
    response.delete_cookie(COOKIE, path=PATH, samesite="Lax")


def visit_of(request: HttpRequest) -> Visit | None:
    """The visit that the request shows; None where there is none, or it is over or forged."""
    said = request.get_signed_cookie(COOKIE, default=None, salt=SALT, max_age=LASTS)
    if said is None:
        return None
    account, enforcement, *appeals = json.loads(said)
    return Visit(
        UUID(account), UUID(enforcement) if enforcement else None, tuple(map(UUID, appeals))
    )


View = Callable[..., HttpResponse]


def inside(view: View) -> View:
    """Only who has come in sees `view`, which is given their visit and their account as well.

    Others are told how to come in; what they had written is given back to them.
    """

    @wraps(view)
    def guarded(request: HttpRequest, language: str, **kwargs: Any) -> HttpResponse:
        visit = visit_of(request)
        # Erased: nothing of it can be read any more, and nothing would be here for anybody.
        account = visit and (
            Account.objects.filter(pk=visit.account).exclude(wrapped_key=b"").first()
        )
        if visit is None or account is None:
            return problem(request, language, "away", status=403)
        response = view(request, language, visit=visit, account=account, **kwargs)
        if COOKIE not in response.cookies:
            remember(response, visit)
        return response

    return guarded
