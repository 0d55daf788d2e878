"""What a lead can do with somebody else's case, as its page shows it."""

from datetime import datetime
from typing import Any

from django import forms
from django.urls import reverse

from cases import handing
from cases.enums import CaseState
from cases.models import Case, Claim, Queue
from reviewapp.staff.models import User


class PersonField(forms.ModelChoiceField):
    """Somebody of the staff by name; with their roles, for two of one name."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} · {', '.join(obj.role_words)}"


class AssignmentForm(forms.Form):
    """Whom a case is kept for."""

    person = PersonField(
        User.objects.none(),
        to_field_name="ref",
        empty_label="Choose a person",
        label="To",
        error_messages={
            "required": "Choose a person.",
            "invalid_choice": "Choose somebody who works this queue.",
        },
    )

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", "assignment")
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = handing.who_can_have(case)  # type: ignore[attr-defined]


class MoveForm(forms.Form):
    """Where a case is to wait instead."""

    queue = forms.ModelChoiceField(
        Queue.objects.none(),
        to_field_name="slug",
        empty_label="Choose a queue",
        label="Queue",
        error_messages={
            "required": "Choose a queue.",
            "invalid_choice": "Choose another queue that is in use.",
        },
    )

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", "move")
        super().__init__(*args, **kwargs)
        others = Queue.objects.filter(active=True).exclude(pk=case.queue_id)
        self.fields["queue"].queryset = others  # type: ignore[attr-defined]


def lead_panels(case: Case, *, user: User, now: datetime) -> list[dict[str, Any]]:
    """The panels of `cases/_lead_panel.html`; none for who does not lead or where all is settled.

    Three queries, whatever there is.
    """
    if not user.may("lead_cases") or case.is_settled or case.state == CaseState.AWAITING_APPROVAL:
        return []
    claim = Claim.objects.held(now=now).filter(case=case).select_related("analyst").first()
    theirs = claim is not None and claim.analyst_id != user.pk
    panels = []
    if claim is not None and theirs:
        panels.append(
            {
                **removal_words(case, claim),
                "key": "T",
                "url": reverse("cases:claim_removal", args=[case.ref]),
                "form": RemovalForm(initial={"claim": claim.pk}),
                "bad": True,
                "end": True,
            }
        )
    panels.append(
        {
            **assignment_words(case, claim if theirs else None),
            "key": "G",
            "url": reverse("cases:assignment", args=[case.ref]),
            "form": AssignmentForm(case=case),
            "end": True,
        }
    )
    if claim is None:
        panels.append(
            {
                **move_words(case),
                "key": "Q",
                "url": reverse("cases:case_queue", args=[case.ref]),
                "form": MoveForm(case=case),
                "end": True,
            }
        )
    return panels


class RemovalForm(forms.Form):
    """Which hold is ended: the one that was on the page, no later one."""

    claim = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "removal-%s")
        super().__init__(*args, **kwargs)


def removal_words(case: Case, claim: Claim) -> dict[str, str]:
    return {
        "words": "Take off",
        "key_words": f"Take it off {claim.analyst.name}",
        "submit": f"Take {case.ref} off {claim.analyst.name}",
        "note": "It goes back to its queue. Their page tells them that you did it, and keeps what "
        "they typed.",
    }


def assignment_words(case: Case, claim: Claim | None) -> dict[str, str]:
    note = "It is kept for them for 24 hours, then offered to everybody. "
    if claim is not None:
        note += f"{claim.analyst.name}'s hold ends."
    elif case.state != CaseState.OPEN:
        note += "It comes back to its queue with that."
    return {
        "words": "Reassign",
        "key_words": "Give it to somebody",
        "submit": f"Give {case.ref} to them",
        "note": note.strip(),
    }


def move_words(case: Case) -> dict[str, str]:
    return {
        "words": "Move",
        "key_words": "Move it to another queue",
        "submit": f"Move {case.ref}",
        "note": f"It waits in {case.queue} now. A due date only comes nearer with a move.",
    }
