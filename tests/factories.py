"""Plain functions that make rows for tests: keyword-only, with an answer for everything left out.

What a journey makes is made by the journey, so that no test stands on rows the product would not
write.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import count

from reviewapp.staff import keying
from reviewapp.staff.models import Scope, Source, User
from reviewapp.staff.roles import Role

_number = count(1)

# Shared by everybody in the tests, so that any of them can sign in by the page.
PASSWORD = "a long walk by the river"


def create_user(
    *,
    name: str = "",
    email: str = "",
    roles: Sequence[str] = (Role.ANALYST,),
    password: str | None = None,
    is_active: bool = True,
) -> User:
    """A person; with a password only where it is given (`PASSWORD`), for making one is slow."""
    number = next(_number)
    name = name or f"Person {number}"
    return User.objects.create_user(
        email or f"{name.lower().replace(' ', '.')}@example.org",
        password,
        name=name,
        roles=list(roles),
        is_active=is_active,
    )


def create_source(*, name: str = "", detector_limit: int = 50) -> Source:
    return Source.objects.create(
        name=name or f"source-{next(_number)}", detector_limit=detector_limit
    )


def create_key(
    *,
    at: datetime,
    source: Source | None = None,
    scopes: Sequence[str] = tuple(Scope.values),
    expires_at: datetime | None = None,
) -> keying.Issued:
    """A key and its secret; with every scope unless said."""
    return keying.issue(
        source=source or create_source(), scopes=scopes, by="system", at=at, expires_at=expires_at
    )
