"""What the frame keeps for a while only: sessions that ended, and allowances long spent."""

from datetime import datetime

from django.contrib.sessions.models import Session

from reviewapp.web.models import Allowance


def forget_expired(*, now: datetime) -> int:
    """Remove what expired before `now`; answer how many rows that were."""
    sessions, _ = Session.objects.filter(expire_date__lt=now).delete()
    allowances, _ = Allowance.objects.filter(ends_at__lt=now).delete()
    return sessions + allowances
