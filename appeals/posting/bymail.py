"""Letters by e-mail.

# Note [Never mailed twice]

The platform knows a message again by its key; a mail server does not. So a letter is SENDING, and
that is committed, before the server is handed anything. A worker that dies before leaves a letter
that is simply due again; one that dies in between leaves it SENDING, and when its time is up the
letter is UNCERTAIN: only a person sends it again. The same is said of a connection that broke
off while the server had the text and had not answered.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from appeals.enums import LetterState, Via
from appeals.models import Letter, LetterAttempt
from appeals.models.letters import DUE
from appeals.posting.inapp import lease
from appeals.posting.mail import mail_of
from appeals.posting.server import MailAnswer, MailServer
from appeals.writing import address_of, letter_line
from cases import telling
from cases.delivering import Answer, Call, Result
from cases.telling import Telling
from reviewapp.kernel.refusals import Refused

State = LetterState
BY_MAIL = Telling(
    kinds="letter.",
    rows=lambda: Letter.objects.all().for_lines(),
    attempts=LetterAttempt,
    line=letter_line,
    out=(*DUE, State.SENDING, State.UNCERTAIN),
    taker="The mail server",
)
# Longer than any worker lives with one task (see reviewapp/celery.py): whoever had it is gone.
SENDING_FOR = timedelta(minutes=10)


def send_due(*, server: MailServer, clock: Callable[[], datetime], limit: int = 200) -> int:
    """Hand the mail server the letters that are due, one after the other.

    Returns how many it was asked about. Where it can't be reached one letter is put off, and the
    others wait for the next round. See Note [Never mailed twice].
    """
    give_up_on_the_silent(now=clock())
    made = 0
    while made < limit and (leased := lease(Via.EMAIL, now=clock(), limit=1)):
        [letter] = leased
        made += 1
        attempted_at = clock()
        nobody_there = server.open()
        answer = nobody_there or _hand_over(letter, server=server, clock=clock)
        if answer is not None:
            telling.mark(BY_MAIL, [Call(letter, attempted_at, answer)], now=clock())
        if nobody_there:
            break
    return made


def _hand_over(
    letter: Letter, *, server: MailServer, clock: Callable[[], datetime]
) -> Answer | None:
    """What the server says of the letter; None where another worker has it by now."""
    try:
        mail = mail_of(letter)
        if not address_of(letter.ticket):  # type: ignore[arg-type]
            return MailAnswer(None, "There is no address any more.", said=Result.REFUSED)
    except Refused as erased:
        return MailAnswer(None, str(erased), said=Result.REFUSED)
    # The row count is the guard: a lease that ran out on the way here may be another's.
    mine = Letter.objects.filter(
        pk=letter.pk, state__in=DUE, leased_until=letter.leased_until
    ).update(state=State.SENDING, leased_until=clock() + SENDING_FOR)
    return server.send(mail) if mine else None


def give_up_on_the_silent(*, now: datetime) -> int:
    """Say of letters whose worker died on them that nobody knows. Returns how many."""
    words = "The worker ended before the mail server had answered."
    silent = Letter.objects.filter(state=State.SENDING, leased_until__lte=now)
    with transaction.atomic():
        # What another worker has locked, it says so of.
        found = list(silent.select_for_update(skip_locked=True).order_by("leased_until")[:100])
        calls = [
            Call(
                letter,
                letter.leased_until - SENDING_FOR,
                MailAnswer(None, words, said=Result.UNKNOWN),
            )
            for letter in found
        ]
        telling.mark(BY_MAIL, calls, now=now)
    return len(found)
