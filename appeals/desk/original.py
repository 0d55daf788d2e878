"""What was decided and on what: the enforcement in question, and it alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.urls import reverse

from appeals.models import Appeal
from cases import enforcing
from cases.casefile import Address
from cases.casefile.before import maker_words
from cases.casefile.deliveries import (
    Delivery,
    Told,
    action_words,
    asked_of_platform,
    delivery,
    told,
    told_to_person,
)
from cases.casefile.sealed import words_of
from cases.casefile.telling import item_words, language_name
from cases.casefile.why import TellingDetection
from cases.casefile.why import told as told_detections
from cases.enforcing.contesting import Footing
from cases.enums import Maker
from cases.models import Citation, EvidenceItem
from reviewapp.staff.models import User

# So many cited items stand open; the others are on the timeline.
_CITED_SHOWN = 12


@dataclass(frozen=True, slots=True)
class CitedItem:
    """A piece of evidence that the decision rests on, with its place on the timeline."""

    words: str
    at: datetime
    url: str


@dataclass(frozen=True, slots=True)
class Original:
    """What is challenged, as `appeals/_original.html` wants it."""

    action: str
    state: str
    tone: str
    ref: str
    by: str
    automated: str
    at: datetime
    # The case file, and there the moment of the decision.
    file_ref: str
    file_url: str
    timeline_url: str
    clauses: list[dict[str, str]]
    reason_shown: str
    language: str
    rationale: str
    detections: list[TellingDetection]
    cited: list[CitedItem]
    cited_more: int
    deliveries: list[Delivery]
    notifications: list[Told]


def original_of(appeal: Appeal, *, user: User) -> Original:
    """What `appeal` is against, and what that rests on. Fourteen queries.

    Needs `account` and `enforcement__decision__case`.
    """
    account = appeal.account
    [footing] = enforcing.footings([appeal.enforcement])
    decision, case = footing.decision, footing.decision.case
    file_url = (
        reverse("cases:case", args=[case.ref])
        if case
        else reverse("cases:account", args=[account.ref])
    )
    address = Address(path=file_url)
    may_replay = user.may("replay_enforcements")
    deliveries = [
        delivery(row, may_replay=may_replay)
        for row in asked_of_platform().filter(decision=decision)
    ]
    asked = next(each for each in deliveries if each.ref == appeal.enforcement.ref)
    notices = list(told_to_person().filter(decision=decision))
    decision.account = account
    return Original(
        action=action_words(
            appeal.enforcement.action, until=appeal.enforcement.until, at=decision.decided_at
        ),
        state=asked.state,
        tone=asked.tone,
        ref=appeal.enforcement.ref,
        by=maker_words(decision),
        automated=_automated(decision.maker),
        at=decision.decided_at,
        file_ref=case.ref if case else account.ref,
        file_url=file_url,
        timeline_url=str(address.to_moment(decision.decided_at)),
        clauses=_clauses(footing, appeal.locale or account.locale),
        reason_shown=words_of(decision.reason),
        language=language_name(notices[0].locale) if notices else "",
        rationale=words_of(decision.rationale),
        # There is no timeline beside them that their links could move.
        detections=[
            replace(each, moment_url="", repeated=[])
            for each in told_detections(
                footing.detections, account=account, case=case, address=address
            )
        ],
        cited=_cited(footing.citations[:_CITED_SHOWN], address, account),
        cited_more=max(0, len(footing.citations) - _CITED_SHOWN),
        deliveries=deliveries,
        notifications=[told(row, may_replay=may_replay) for row in notices],
    )


def _automated(maker: str) -> str:
    return {
        Maker.AUTOMATED: "Automation found it and decided it, without a person.",
        Maker.PARTIALLY_AUTOMATED: "Automation found it, and a person decided it.",
        Maker.ANALYST: "A person found it and decided it.",
    }[Maker(maker)]


def _clauses(footing: Footing, locale: str) -> list[dict[str, str]]:
    return [
        {
            "words": clause.title,
            "small": f"version {clause.version}",
            "text": clause.text,
            "examples": clause.examples,
            "shown_words": clause.words_for(locale),
        }
        for clause in footing.clauses
    ]


def _cited(citations: Sequence[Citation], address: Address, account: Any) -> list[CitedItem]:
    """The items in words. One query, or none where nothing is cited."""
    if not citations:
        return []
    times = [each.occurred_at for each in citations]
    items = EvidenceItem.objects.filter(
        account=account,
        occurred_at__range=(min(times), max(times)),
        id__in=[each.evidence_id for each in citations],
    )
    known = {(each.source_id, each.id): each for each in items}
    return [
        CitedItem(
            words=item_words(item.kind, item.data) if item else "No longer kept",
            at=each.occurred_at,
            url=str(address.to_item(each.evidence_id)),
        )
        for each in citations
        for item in (known.get((each.evidence_source_id, each.evidence_id)),)
    ]
