"""Terms on which an account is cleared or protected, as forms; and what is said beside them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.urls import reverse

from cases import clearing
from cases.casefile.clearings import clearing_words, family_words, margin_words, measures, summary
from cases.clearing import LONGEST, MARGINS, USUAL_MARGIN, Seen, Terms
from cases.enums import Outcome
from cases.models import Account, Case, Clearing, Decision
from reviewapp.kernel.moments import BadMoment, beginning_of, read_moment
from reviewapp.staff.models import User

USUAL_LENGTH = timedelta(days=30)
MARGIN_CHOICES = [(str(each), f"{margin_words(each)} more") for each in MARGINS]


class TermsForm(forms.Form):
    """Until when, by how much more, and why."""

    until = forms.DateField(
        label="Until",
        help_text="It ends at 00:00 UTC.",
        error_messages={"required": "Say until when."},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    margin = forms.ChoiceField(
        choices=MARGIN_CHOICES, label="How much more is still the same", initial=str(USUAL_MARGIN)
    )
    reason = forms.CharField(
        max_length=clearing.LONGEST_REASON,
        label="Why",
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say why, for whoever meets this account next."},
    )
    # When the page was made: what came after it was not looked at.
    seen_at = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "terms-%s")
        super().__init__(*args, **kwargs)
        self._now = now
        until = self.fields["until"]
        until.initial = (now + USUAL_LENGTH).date()
        until.widget.attrs |= {
            "min": (now + timedelta(days=1)).date().isoformat(),
            "max": (now + LONGEST).date().isoformat(),
        }
        self.fields["seen_at"].initial = now.isoformat()

    def clean_seen_at(self) -> datetime:
        try:
            return min(read_moment(self.cleaned_data["seen_at"]), self._now)
        except BadMoment:
            # Nobody sees what stands beside a hidden field.
            self.add_error(None, "Look at this page again first.")
            return self._now

    def terms(self) -> Terms:
        data = self.cleaned_data
        return Terms(
            family=data.get("family", ""),
            until=beginning_of(data["until"]),
            margin=float(data["margin"]),
            reason=data["reason"],
        )


class ClearingForm(TermsForm):
    """An account cleared of a family of rules."""

    family = forms.ChoiceField(label="Of which rules")
    field_order = ("family", "until", "margin", "reason")

    def __init__(self, *args: Any, families: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["family"].choices = [  # type: ignore[attr-defined]
            (each, family_words(each)) for each in families
        ]


class EndingForm(forms.Form):
    """Why a clearing ends before its time."""

    reason = forms.CharField(
        max_length=clearing.LONGEST_REASON,
        label="Why it ends",
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say why, for whoever meets this account next."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "ending-%s")
        super().__init__(*args, **kwargs)


# What the pages show


def seen_tables(by_family: dict[str, Seen]) -> list[dict[str, Any]]:
    """What was seen of each family, and from where on it opens a case again, by margin."""
    return [
        {
            "family": family_words(family),
            "summary": summary(seen.score, seen.signals),
            "margins": [f"+{margin_words(each)}" for each in MARGINS],
            "rows": measures(seen.score, seen.signals, margins=MARGINS),
        }
        for family, seen in by_family.items()
    ]


def clearing_context(
    case: Case,
    decision: Decision,
    *,
    standing: list[Clearing],
    user: User,
    now: datetime,
    form: ClearingForm | None = None,
) -> dict[str, Any] | None:
    """`clearing` for `cases/_clearing.html`; None where there is nothing to offer.

    Two queries where there may be.
    """
    if decision.outcome != Outcome.NO_VIOLATION or not user.may("work_cases"):
        return None
    seen = clearing.families_seen(case.account, at=now, seen_at=now)
    if not seen:
        return None
    return {
        "form": form or ClearingForm(now=now, families=seen),
        "open": form is not None,
        "url": reverse("cases:case_clearing", args=[case.ref]),
        "tables": seen_tables(seen),
        "standing": [
            {
                "words": clearing_words(each),
                "by": each.made_by.name,
                "until": each.until,
                "url": reverse("cases:clearing", args=[each.pk]),
            }
            for each in standing
        ],
    }


def protection_panel(
    account: Account, *, user: User, now: datetime, form: TermsForm | None = None
) -> dict[str, Any] | None:
    """`components/_panel.html` for a lead who protects an account; None for anybody else."""
    if not user.may("lead_cases"):
        return None
    return {
        "words": "Protect",
        "key": "C",
        "key_words": "Protect it from every rule's cases",
        "url": reverse("cases:protection", args=[account.ref]),
        "form": form or TermsForm(now=now),
        "submit": "Protect this account",
        "note": "For a known business or an emergency service. What was detected so far counts as"
        " known; more than that by the margin opens a case.",
        "open": form is not None,
        "end": True,
        "icon": "shield-check",
    }
