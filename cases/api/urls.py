"""The doors for machines, under /api/v1/."""

from django.urls import path

from cases.api.accounts import Accounts, OneAccount, Timeline
from cases.api.cases import Cases, OneCase
from cases.api.decisions import Decisions
from cases.api.detections import Detections
from cases.api.enforcements import EnforcementConfirmation, OneEnforcement
from cases.api.evidence import Evidence
from cases.api.labels import Labels

app_name = "api"
urlpatterns = [
    path("accounts", Accounts.as_view(), name="accounts"),
    # The messenger's ids may hold anything, a slash too.
    path("accounts/<path:external_id>/timeline", Timeline.as_view(), name="timeline"),
    path("accounts/<path:external_id>", OneAccount.as_view(), name="account"),
    path("evidence", Evidence.as_view(), name="evidence"),
    path("detections", Detections.as_view(), name="detections"),
    path(
        "enforcements/<str:enforcement>/confirmation",
        EnforcementConfirmation.as_view(),
        name="confirmation",
    ),
    path("enforcements/<str:enforcement>", OneEnforcement.as_view(), name="enforcement"),
    path("cases", Cases.as_view(), name="cases"),
    path("cases/<str:ref>", OneCase.as_view(), name="case"),
    path("decisions", Decisions.as_view(), name="decisions"),
    path("labels", Labels.as_view(), name="labels"),
]
