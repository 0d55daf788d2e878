"""The pages beside each other at the desk of grievances: tabs that they all show."""

from typing import Any

from django.urls import reverse

from reviewapp.staff.models import User

_PAGES = (
    ("Grievances", "appeals:grievances", "read_grievances"),
    ("Orders", "appeals:orders", "read_grievances"),
    ("Letters", "appeals:letters", "read_grievances"),
    ("Clocks", "appeals:clocks", "read_grievances"),
)


def desk_tabs(user: User, *, current: str) -> list[dict[str, Any]]:
    """The pages that `user` may see, as `appeals/_desk_tabs.html` wants them."""
    return [
        {"words": words, "url": reverse(name), "current": name == current}
        for words, name, permission in _PAGES
        if user.may(permission)
    ]
