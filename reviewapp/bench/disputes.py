"""Appeals in bulk, each against a ban of its own, over grounds, ways and weeks."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from appeals.enums import AppealState, Channel, Ground
from appeals.models import Appeal, Clock, SlaRule
from appeals.timing import jurisdiction_of
from cases.enums import Action
from reviewapp.bench import seeding
from reviewapp.bench.seeding import Person, copy_in
from reviewapp.kernel.ids import uuid7
from reviewapp.kernel.refs import next_refs

_ACTIONS = {
    Action.PERMANENT_BAN: 0.8,
    Action.TEMPORARY_BAN: 0.15,
    Action.REGISTRATION_BLOCK: 0.0499,
    Action.FEATURE_LIMIT: 0.0001,
}
_GROUNDS = {
    Ground.NOT_BULK_OR_AUTOMATED: 0.4,
    Ground.NO_GROUND_GIVEN: 0.3,
    Ground.LEGITIMATE_BUSINESS_OR_COMMUNITY_USE: 0.15,
    Ground.ACCOUNT_COMPROMISED: 0.1,
    Ground.COORDINATED_FALSE_REPORTS: 0.0499,
    Ground.PROACTIVE_TECH_OUTSIDE_TERMS: 0.0001,
}
_CHANNELS = {Channel.IN_APP: 0.7, Channel.WEB_FORM: 0.2, Channel.EMAIL: 0.09, Channel.POST: 0.01}
_STATES = {
    AppealState.OPEN: 0.9,
    AppealState.AWAITING_APPELLANT: 0.07,
    AppealState.AWAITING_APPROVAL: 0.02,
    AppealState.OUT_OF_TIME: 0.01,
}
TERM = timedelta(days=15)


@dataclass(slots=True)
class Ban:
    """A ban of an account, as far as rows about it repeat it."""

    person: Person
    action: str
    decision: UUID = field(default_factory=uuid7)
    enforcement: UUID = field(default_factory=uuid7)


def bans(count: int, *, at: datetime) -> list[Ban]:
    """`count` automated bans of as many accounts, in force since a month before `at`."""
    chance = random.Random(count)  # noqa: S311 - rows for measuring, the same each time
    actions = chance.choices(list(_ACTIONS), list(_ACTIONS.values()), k=count)
    people = seeding.accounts(count, at=at)
    made = [Ban(person, action) for person, action in zip(people, actions, strict=True)]
    banned_at = at - timedelta(days=30)

    def until(action: str) -> datetime | None:
        return at + timedelta(days=365) if action == Action.TEMPORARY_BAN else None

    copy_in(
        "cases_decision",
        [
            "id", "ref", "account_id", "maker", "outcome", "action", "until", "confidence",
            "decided_at", "recorded_at",
        ],
        (
            (
                ban.decision, ref, ban.person.id, "AUTOMATED", "VIOLATION", ban.action,
                until(ban.action),
                "", banned_at, banned_at,
            )
            for ban, ref in zip(made, next_refs("D", count), strict=True)
        ),
    )  # fmt: skip
    copy_in(
        "cases_enforcement",
        [
            "id", "ref", "key", "attempts_made", "attempts_forgiven", "account_id",
            "decision_id", "sequence", "action", "policy", "until", "state", "requested_at",
            "applied_at", "detail",
        ],
        (
            (
                ban.enforcement, ref, uuid7(), 1, 0, ban.person.id, ban.decision, 1,
                ban.action, "BULK_MESSAGING", until(ban.action), "APPLIED", banned_at, banned_at,
                "",
            )
            for ban, ref in zip(made, next_refs("E", count), strict=True)
        ),
    )  # fmt: skip
    return made


def open_appeals(count: int, *, at: datetime) -> None:
    """`count` appeals that wait, over a month and every state that is no end."""
    _write(count, at=at, closed=False)


def closed_appeals(count: int, *, at: datetime) -> None:
    """`count` appeals that were withdrawn: what they hold is that of decided ones."""
    _write(count, at=at, closed=True)


def _write(count: int, *, at: datetime, closed: bool) -> None:
    chance = random.Random(count)  # noqa: S311 - rows for measuring, the same each time
    waited = sorted((30 * chance.random() ** 2 for _ in range(count)), reverse=True)
    appeals = [
        (uuid7(), ban, ref, at - timedelta(days=days))
        for ban, ref, days in zip(bans(count, at=at), next_refs("AP", count), waited, strict=True)
    ]

    def pick(among: dict[Any, float]) -> str:
        return str(chance.choices(list(among), list(among.values()))[0])

    def rows() -> Iterable[Sequence[Any]]:
        for key, ban, ref, received_at in appeals:
            state = AppealState.WITHDRAWN if closed else pick(_STATES)
            yield (
                key, ref, pick(_CHANNELS), jurisdiction_of(country=ban.person.country), "en",
                received_at, received_at, received_at + TERM, at if closed else None, 1,
                ban.person.id, ban.enforcement, ban.action, pick(_GROUNDS), state, [], [], 0,
            )  # fmt: skip

    copy_in(
        Appeal._meta.db_table,
        [
            "id", "ref", "channel", "jurisdiction", "locale", "received_at",
            "recorded_at", "due_at", "closed_at", "version", "account_id", "enforcement_id",
            "action", "ground", "state", "barred", "given_back_by", "repeats",
        ],
        rows(),
    )  # fmt: skip
    rule = SlaRule.objects.get(jurisdiction="*", kind="COMPLAINT", clock="RESOLVE")
    copy_in(
        Clock._meta.db_table,
        [
            "id", "appeal_id", "jurisdiction", "kind", "name", "rule_id", "started_at", "due_at",
            "stopped_at", "paused_for",
        ],
        (
            (
                uuid7(), key, "*", "COMPLAINT", "RESOLVE", rule.pk, received_at,
                received_at + TERM, at if closed else None, timedelta(),
            )
            for key, _, _, received_at in appeals
        ),
    )  # fmt: skip
