"""Views of the queue page kept under a name: one's own, and the team's."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from cases import saving
from cases.forms import refuse
from cases.models import SavedFilter
from cases.views.finding import signed_in
from reviewapp.kernel.refusals import Refused
from reviewapp.staff.models import User
from reviewapp.web.access import may
from reviewapp.web.htmx import go_to


class SavedFilterForm(forms.Form):
    """A name for what is looked at just now."""

    name = forms.CharField(
        label="Name", max_length=saving.LONGEST_NAME, widget=forms.TextInput(attrs={"size": 24})
    )
    query = forms.CharField(widget=forms.HiddenInput)
    shared = forms.BooleanField(label="For the whole team", required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", "saved")
        super().__init__(*args, **kwargs)
        if not user.may("lead_cases"):
            del self.fields["shared"]


@may("read_cases")
@require_http_methods(["GET", "HEAD", "POST"])
def saved_filters(request: HttpRequest) -> HttpResponse:
    """What somebody has saved and what the team shares; POST saves what was looked at."""
    user = signed_in(request)
    if request.method != "POST":
        return _list_page(request, user)
    form = SavedFilterForm(request.POST, user=user)
    if form.is_valid():
        wanted = form.cleaned_data
        try:
            saved = saving.save(
                owner=user,
                name=wanted["name"],
                query=wanted["query"],
                shared=wanted.get("shared", False),
                at=timezone.now(),
            )
        except Refused as refusal:
            refuse(form, refusal)
        else:
            return go_to(request, f"{reverse('cases:queue')}?{saved.query}")
    return _list_page(request, user, form=form, status=422)


@may("read_cases")
@require_POST
def saved_filter_removal(request: HttpRequest, number: int) -> HttpResponse:
    """Delete a filter of one's own."""
    user = signed_in(request)
    saved = _find(user, number)
    try:
        saving.delete(saved, by=user, at=timezone.now())
    except Refused as refusal:
        return _list_page(request, user, refusal=str(refusal), status=409)
    messages.success(request, f"“{saved.name}” is deleted.")
    return go_to(request, "cases:saved_filters")


@may("lead_cases")
@require_POST
def saved_filter_sharing(request: HttpRequest, number: int) -> HttpResponse:
    """Put a filter on everybody's page (`shared`), or take it off."""
    user = signed_in(request)
    saved, shared = _find(user, number), bool(request.POST.get("shared"))
    saving.share(saved, shared=shared, by=user, at=timezone.now())
    return go_to(request, "cases:saved_filters")


def saved_context(query: str, *, user: User) -> dict[str, Any]:
    """The saved filters as `cases/_queue_head.html` lists them, beside a form to save `query`.

    One query to the database.
    """
    saved = list(SavedFilter.objects.for_use_by(user))
    address = reverse("cases:queue")
    known = any(each.query == query for each in saved)
    form = SavedFilterForm(user=user, initial={"query": query}, auto_id="save_%s")
    return {
        "views": [
            {"words": "All cases", "url": address, "current": not query},
            *(
                {
                    "words": each.name,
                    "url": f"{address}?{each.query}",
                    "current": each.query == query,
                    "team": each.shared,
                }
                for each in saved
            ),
        ],
        "save_form": form if query and not known else None,
        "has_saved": bool(saved),
    }


def _find(user: User, number: int) -> SavedFilter:
    return get_object_or_404(SavedFilter.objects.for_use_by(user), pk=number)


def _list_page(
    request: HttpRequest, user: User, *, form: Any = None, refusal: str = "", status: int = 200
) -> HttpResponse:
    address, leads = reverse("cases:queue"), user.may("lead_cases")
    context = {
        "form": form,
        "refusal": refusal,
        "leads": leads,
        "saved": [
            {
                "name": each.name,
                "url": f"{address}?{each.query}",
                "owner": "you" if each.owner_id == user.pk else each.owner.name,
                "team": each.shared,
                "at": each.saved_at,
                "removal_url": reverse("cases:saved_filter_removal", args=[each.pk])
                if each.owner_id == user.pk
                else "",
                "sharing_url": reverse("cases:saved_filter_sharing", args=[each.pk])
                if leads
                else "",
            }
            for each in SavedFilter.objects.for_use_by(user).select_related("owner")
        ],
    }
    return render(request, "cases/saved_filters.html", context, status=status)
