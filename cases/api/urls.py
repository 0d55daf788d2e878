"""API v1, without the calls that send something in; see cases.api.intake for those."""

from django.urls import path

from cases.api import outcomes, reads

app_name = "v1"

urlpatterns = [
    path("accounts/<path:external_id>/timeline", reads.TimelineView.as_view(), name="timeline"),
    path("accounts/<path:external_id>", reads.AccountView.as_view(), name="account"),
    path("cases", reads.CasesView.as_view(), name="cases"),
    path("cases/<str:ref>", reads.CaseView.as_view(), name="case"),
    path(
        "enforcements/<str:ref>/confirmation",
        outcomes.ConfirmationView.as_view(),
        name="confirmation",
    ),
    path("enforcements/<str:ref>", outcomes.EnforcementView.as_view(), name="enforcement"),
    path("decisions", outcomes.DecisionsView.as_view(), name="decisions"),
    path("labels", outcomes.LabelsView.as_view(), name="labels"),
]
