"""What the portal shows of a ticket: where it stands, and what was said on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from appeals import composing, wording
from appeals.enums import AppealState, LetterKind, StatementKind
from appeals.models import Appeal, Statement
from appeals.portal.speech import Speech
from appeals.portal.words import say
from appeals.reasoning import reasons_of
from appeals.screening import LARGEST_FILE, MOST_FILES, Kind
from cases.enums import Action


@dataclass(frozen=True, slots=True)
class Ticket:
    """An appeal as whoever filed it sees it."""

    ref: str
    url: str
    state: str
    by: str
    is_open: bool
    is_asked: bool
    question: str
    asked_by: str
    answer: Sequence[str]


def ticket(appeal: Appeal, said: Sequence[Statement], speech: Speech) -> Ticket:
    """Needs `account`, `enforcement__decision` and `decision` loaded; `said` are its statements."""
    asked = appeal.state == AppealState.AWAITING_APPELLANT
    questions = [each for each in said if each.kind == StatementKind.QUESTION]
    decision = getattr(appeal, "decision", None)
    state = appeal.state
    if decision is not None:
        state = decision.outcome
    elif state == AppealState.AWAITING_APPROVAL:
        # Who has to agree to an answer is our business.
        state = AppealState.OPEN
    waits = appeal.is_open and not asked and appeal.state != AppealState.OUT_OF_TIME
    return Ticket(
        ref=appeal.ref,
        url=reverse("portal:ticket", args=[speech.language, appeal.ref]),
        state=state,
        by=speech.day(appeal.due_at) if waits else "",
        is_open=appeal.is_open,
        is_asked=asked,
        question=questions[-1].text() if asked and questions else "",
        asked_by=speech.day(appeal.answer_by) if asked else "",
        answer=_answer(appeal, speech),
    )


def _answer(appeal: Appeal, speech: Speech) -> list[str]:
    """What came of it, a paragraph each: an answer in this language, a refusal as it was sent."""
    if appeal.state == AppealState.INADMISSIBLE:
        letter = appeal.letters.filter(kind=LetterKind.NOT_ADMITTED).first()
        if letter is None:
            return []
        letter.appeal = appeal
        return letter.text().split("\n\n")
    decision = getattr(appeal, "decision", None)
    if decision is None:
        return []
    replacing = (
        decision.decision.enforcements.exclude(action=Action.LIFT).first()
        if decision.decision
        else None
    )
    # Without the decision in question: that has a page of its own.
    _, text = composing.answer(
        ref=appeal.ref,
        reader=speech.reader(),
        outcome=decision.outcome,
        ground=appeal.ground,
        reason=decision.reason(),
        cause=decision.cause,
        instead=reasons_of(replacing, language=speech.language) if replacing else None,
    )
    return text.split("\n\n")


@dataclass(frozen=True, slots=True)
class File:
    name: str
    size: str


@dataclass(frozen=True, slots=True)
class Said:
    """Something that was said on a ticket."""

    who: str
    kind: str
    when: str
    text: str
    files: Sequence[File]


def thread(said: Sequence[Statement], speech: Speech) -> list[Said]:
    """Needs the appeal with its account loaded, and `attachments` fetched."""
    return [
        Said(
            "us" if each.kind == StatementKind.QUESTION else "you",
            each.kind,
            speech.moment(each.said_at),
            each.text(),
            [
                File(file.name(), wording.file_size(file.size, language=speech.language))
                for file in each.attachments.all()
            ],
        )
        for each in said
    ]


def ticket_link(appeal: Appeal, language: str) -> dict[str, str]:
    return {"ref": appeal.ref, "url": reverse("portal:ticket", args=[language, appeal.ref])}


def files(language: str) -> dict[str, object]:
    """What may be sent, for `_files.html`."""
    taken = [each.value for each in Kind if each != Kind.MAIL]
    return {
        "count": MOST_FILES,
        "size": wording.file_size(LARGEST_FILE, language=language),
        "types": say(language, "files.types"),
        "accept": ",".join(taken),
    }
