"""The page of an appeal: what was decided, what the person says, and what there is to do."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from appeals import verdict
from appeals.desk.face import clock_lines, hold_of
from appeals.desk.head import done_with, head_of
from appeals.desk.kin import alike, earlier_appeals, grievances_with
from appeals.desk.lines import ticket_url
from appeals.desk.looking import find_appeal, note_look
from appeals.desk.original import original_of
from appeals.desk.proposed import proposed_context
from appeals.desk.reviewed import reviewed_context
from appeals.desk.reviewform import review_context
from appeals.desk.said import said_on
from appeals.desk.since import since
from appeals.enums import AppealState
from appeals.forms import (
    AdmissionForm,
    QuestionForm,
    ReviewForm,
    TurningAwayForm,
    language_for,
)
from appeals.models import Appeal
from cases.casefile.before import decisions_about, summed_up
from cases.casefile.clearings import standing_on
from cases.casefile.life import life_of
from cases.casefile.person import Person, card
from cases.forms import GiveBackForm, RevealForm, SendingBackForm
from cases.models import Enforcement
from cases.views.finding import is_revealed, signed_in
from reviewapp.staff.models import User
from reviewapp.web.access import may


@may("read_appeals")
@require_safe
def appeal(request: HttpRequest, ref: str) -> HttpResponse:
    """One appeal. Whoever had a part in what it challenges reads it and no more."""
    return appeal_page(request, find_appeal(request, ref), now=timezone.now())


def appeal_page(
    request: HttpRequest,
    found: Appeal,
    *,
    now: datetime,
    form: ReviewForm | None = None,
    question: QuestionForm | None = None,
    sending_back: SendingBackForm | None = None,
    admission: AdmissionForm | None = None,
    turning_away: TurningAwayForm | None = None,
    refusal: str = "",
    previewed: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The whole page; a form comes back as it was typed where something refused it."""
    user = signed_in(request)
    note_look(found, by=user, now=now)
    revealed = is_revealed(request, found.account, now=now)
    hold = hold_of(found, user=user, now=now)
    context: dict[str, Any] = {
        "head": head_of(found, revealed=revealed, now=now),
        "owed": clock_lines(found, now=now),
        "person": _person(found, user=user, revealed=revealed, now=now),
        "here": ticket_url(found),
        "said": said_on(found),
        "original": original_of(found, user=user),
        "since": since(found, user=user),
        "earlier": earlier_appeals(found),
        "grievances": grievances_with(found, readable=user.may("read_grievances")),
        "alike": alike(found),
        "done": done_with(found),
        "hold": hold,
        "ticket": {"ref": found.ref, "url": ticket_url(found)},
        "late": _late(found, hold, user=user, admission=admission, turning_away=turning_away),
        **_to_do(
            found, hold, user=user, now=now, form=form, question=question, refusal=refusal,
            sending_back=sending_back, previewed=previewed,
        ),
    }  # fmt: skip
    return render(request, "appeals/appeal.html", context, status=status)


def _to_do(
    found: Appeal,
    hold: dict[str, Any],
    *,
    user: User,
    now: datetime,
    form: ReviewForm | None,
    question: QuestionForm | None,
    sending_back: SendingBackForm | None,
    refusal: str,
    previewed: bool,
) -> dict[str, Any]:
    """The right column: one of answered, proposed, waiting, the form, or the hold alone."""
    if not found.is_open:
        return {"reviewed": reviewed_context(found, user=user), **_kept(form, refusal)}
    if found.state == AppealState.AWAITING_APPROVAL:
        proposed = proposed_context(found, user=user, now=now, sending_back=sending_back)
        return {"proposed": proposed, **_kept(form, refusal)}
    if not hold["mine"]:
        return _kept(form, refusal)
    return {
        "review": review_context(
            found, user=user, now=now, form=form, refusal=refusal, previewed=previewed
        ),
        "nothing_stands": not verdict.what_stands(found, at=now),
        "pass_on": _panels(found, question),
    }


def _late(
    found: Appeal,
    hold: dict[str, Any],
    *,
    user: User,
    admission: AdmissionForm | None,
    turning_away: TurningAwayForm | None,
) -> dict[str, Any] | None:
    """`late` for `appeals/_late.html`; None where it came in time, or is not this reader's."""
    if found.state != AppealState.OUT_OF_TIME:
        return None
    panels = [
        {
            "words": "Look at it all the same",
            "key": "A",
            "key_words": "Admit it",
            "url": ticket_url(found, "admission"),
            "form": admission or AdmissionForm(),
            "submit": f"Admit {found.ref}",
            "note": "It waits with the others. Its clock has run since it came.",
            "open": admission is not None,
        },
        {
            "words": "Turn it away",
            "key": "X",
            "key_words": "Turn it away",
            "url": ticket_url(found, "turning-away"),
            "form": turning_away or TurningAwayForm(initial={"locale": language_for(found)}),
            "submit": "Turn it away",
            "note": "The person is told that it came too late, and why nothing is done.",
            "open": turning_away is not None,
        },
    ]
    works = user.may("work_appeals") and not found.bars(user)
    return {"ended_at": found.window_ends_at, "panels": panels if works else []}


def _panels(found: Appeal, question: QuestionForm | None) -> list[dict[str, Any]]:
    return [
        {
            **question_words(found),
            "key": "q",
            "url": ticket_url(found, "question"),
            "form": question or QuestionForm(),
            "open": question is not None,
        },
        {
            "words": "Give back",
            "key": "b",
            "key_words": "Give it back",
            "url": ticket_url(found, "claim/return"),
            "form": GiveBackForm(),
            "submit": f"Give {found.ref} back",
            "note": "It waits for somebody else, and is not offered to you again.",
        },
    ]


def question_words(found: Appeal) -> dict[str, str]:
    """What a question to the person is called, and what follows from it."""
    return {
        "words": "Ask the person",
        "key_words": "Ask the person something",
        "submit": "Ask",
        "note": (
            "They read it in the app and by e-mail, as far as they can be reached. It leaves your"
            " desk, and waits for their answer for some days."
        ),
    }


def _kept(form: ReviewForm | None, refusal: str) -> dict[str, Any]:
    """What somebody typed who came too late, to be copied; and why it came to nothing."""
    if form is None:
        return {}
    typed = [form.data.get(name, "") for name in ("rationale", "reason")]
    return {"notice": refusal, "kept": [words for words in typed if words]}


def _person(found: Appeal, *, user: User, revealed: bool, now: datetime) -> Person:
    """The account's card. Eleven queries."""
    account = found.account
    person = card(
        account,
        life=life_of(account.pk),
        standing=list(Enforcement.objects.filter(account=account).standing().with_lift()),
        before=summed_up(decisions_about(account), now=now),
        now=now,
        revealed=revealed,
        clearings=standing_on(account, now=now),
    )
    person.url = reverse("cases:account", args=[account.ref])
    if user.may("reveal_personal"):
        person.reveal_url = reverse("cases:account_phone", args=[account.ref])
        person.purposes = RevealForm.PURPOSES
    return person
