"""The case page: who, why it is here, what happened, and what to do."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from cases.casefile import Address, CaseFile, read_file, read_middle
from cases.casefile.before import decision_on, undoing_of
from cases.casefile.person import is_being_lifted
from cases.enums import BANS, Maker
from cases.forms import DecisionForm, RevealForm, SendingBackForm
from cases.models import Case, Decision, Presence
from cases.views.approvalpanel import approval_context
from cases.views.aside import aside_context
from cases.views.clearingform import ClearingForm, clearing_context
from cases.views.content import veils_for
from cases.views.decided import decided_context
from cases.views.decisionform import decision_context
from cases.views.face import case_face, case_url, why_context
from cases.views.finding import find_case, is_revealed, note_look, signed_in
from cases.views.holding import claim_panel
from cases.views.leadpanel import lead_panels
from cases.views.live import live_context
from cases.views.notes import notes_context
from cases.views.passingpanel import pass_on_panels
from reviewapp.web.access import may
from reviewapp.web.htmx import is_fragment


@may("read_cases")
@require_safe
@vary_on_headers("HX-Request")
def case(request: HttpRequest, ref: str) -> HttpResponse:
    """One case. htmx asks the same address for another part of its timeline."""
    found, now = find_case(request, ref), timezone.now()
    user = signed_in(request)
    if is_fragment(request):
        note_look(case=found, account=found.account, by=user, now=now)
        claim = claim_panel(found, user=user, now=now)
        middle = read_middle(
            found.account,
            address=_address(request, found),
            now=now,
            veils=veils_for(request, found.account, now=now),
        )
        context = {
            "timeline": middle.timeline,
            "events": middle.events,
            "citing": claim.mine,
        }
        return render(request, "cases/_happened.html", context)
    Presence.objects.renew(case=found, user=user, at=now)
    return case_page(request, found, now=now)


def case_page(
    request: HttpRequest,
    found: Case,
    *,
    now: datetime,
    form: DecisionForm | None = None,
    refusal: str = "",
    claim_refusal: str = "",
    previewed: bool = False,
    sending_back: SendingBackForm | None = None,
    clearing: ClearingForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The whole page; `form` comes back as it was typed when something refused it."""
    user = signed_in(request)
    note_look(case=found, account=found.account, by=user, now=now)
    revealed = is_revealed(request, found.account, now=now)
    cited = form.data.getlist("evidence") if form else []  # type: ignore[attr-defined]
    file = read_file(
        found.account,
        case=found,
        address=_address(request, found),
        now=now,
        revealed=revealed,
        may_replay=user.may("replay_enforcements"),
        cited=cited,
        veils=veils_for(request, found.account, now=now),
    )
    file.person.url = reverse("cases:account", args=[found.account.ref])
    if user.may("reveal_personal"):
        file.person.reveal_url = reverse("cases:account_phone", args=[found.account.ref])
        file.person.purposes = RevealForm.PURPOSES
    claim = claim_panel(found, user=user, now=now, refusal=claim_refusal)
    decision = next(
        (each for each in file.decisions if each.case_id == found.pk and _settled_it(each)), None
    )
    if found.is_settled and decision is None:
        # So many came after it that it is not among the newest.
        decision = decision_on(found)
    context: dict[str, Any] = {
        "case": case_face(found, now=now),
        "person": file.person,
        "here": case_url(found),
        "why": why_context(found, file.why),
        "timeline": file.middle.timeline,
        "events": file.middle.events,
        "before": file.before,
        "linked": file.linked,
        "handling": file.middle.handling,
        "claim": claim,
        "pass_on": pass_on_panels(found, user=user, claim=claim, now=now),
        **aside_context(found, user=user, claim=claim, now=now, path=case_url(found)),
        **notes_context(found.account, found, user=user),
        "lead_panels": lead_panels(found, user=user, now=now),
        "deliveries": [] if decision else [each for each in file.deliveries if not each.settled],
        "notice": _notice(found, file),
    }
    if decision:
        context["decided"] = decided_context(decision, user=user)
        context["clearing"] = clearing_context(
            found,
            # Whoever was freed can be cleared, as after any decision that there is no violation.
            undoing_of(decision) or decision,
            standing=file.clearings,
            user=user,
            now=now,
            form=clearing,
        )
        context |= _kept(form, refusal)
    elif claim.mine or form:
        context["decision"] = decision_context(
            found, file=file, form=form, refusal=refusal, user=user, now=now, previewed=previewed
        )
    context |= approval_context(found, user=user, now=now, sending_back=sending_back)
    context["citing"] = "decision" in context
    context["live"] = live_context(found, user=user, now=now, form=context["citing"])
    return render(request, "cases/case.html", context, status=status)


def _settled_it(decision: Decision) -> bool:
    """Whether it is what its case was decided by, and neither withdrawn nor another's undoing."""
    return not decision.is_withdrawn and decision.undoes_id is None


def _kept(form: DecisionForm | None, refusal: str) -> dict[str, Any]:
    """What somebody typed who came too late, to be copied; and why it came to nothing."""
    if form is None:
        return {}
    typed = [form.data.get(name, "") for name in ("rationale", "reason_shown")]
    return {"notice": refusal, "kept": [words for words in typed if words]}


def _notice(found: Case, file: CaseFile) -> str:
    """What the reader should know first."""
    if found.is_settled:
        return ""
    bans = (row for row in file.standing if row.action in BANS)
    banned = next((row for row in bans if not is_being_lifted(row)), None)
    if banned is None:
        return ""
    by = "an automated decision" if banned.decision.maker == Maker.AUTOMATED else "a decision"
    return f"This account is banned already, by {by} of {banned.requested_at:%-d %b %H:%M} UTC."


def _address(request: HttpRequest, found: Case) -> Address:
    return Address.read(case_url(found), request.GET.dict())
