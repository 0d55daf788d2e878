from django.urls import path

from appeals.desk import (
    admissions,
    appeal,
    claims,
    clocks,
    decisions,
    files,
    grievance,
    letters,
    lists,
    order,
    proposals,
    questions,
)

app_name = "appeals"

urlpatterns = [
    path("appeals/", lists.appeals, name="queue"),
    path("appeals/claims/", lists.appeal_claims, name="claims"),
    path("grievances/", lists.grievances, name="grievances"),
    path("grievances/claims/", lists.grievance_claims, name="grievance_claims"),
    path("orders/", lists.orders, name="orders"),
    path("orders/claims/", lists.order_claims, name="order_claims"),
    path("appeals/proposals/", proposals.proposals, name="proposals"),
    path("appeals/<str:ref>/", appeal.appeal, name="appeal"),
    path("appeals/<str:ref>/decision/", decisions.decision, name="decision"),
    path(
        "appeals/<str:ref>/decision/preview/", decisions.decision_preview, name="decision_preview"
    ),
    path("appeals/<str:ref>/admission/", admissions.admission, name="admission"),
    path("appeals/<str:ref>/turning-away/", admissions.turning_away, name="turning_away"),
    path("appeals/<str:ref>/question/", questions.question, name="question"),
    path("appeals/<str:ref>/proposal/", proposals.proposal, name="proposal"),
    path("appeals/<str:ref>/proposal/return/", proposals.proposal_return, name="proposal_return"),
    path(
        "appeals/<str:ref>/proposal/withdrawal/",
        proposals.proposal_withdrawal,
        name="proposal_withdrawal",
    ),
    path("attachments/<uuid:number>/", files.attachment, name="attachment"),
    path("mails/<uuid:number>/", files.mail, name="mail"),
    path("grievances/<str:ref>/", grievance.grievance, name="grievance"),
    path("grievances/<str:ref>/answer/", grievance.grievance_answer, name="grievance_answer"),
    path("grievances/<str:ref>/preview/", grievance.grievance_preview, name="grievance_preview"),
    path("grievances/<str:ref>/sorting/", grievance.grievance_sorting, name="grievance_sorting"),
    path("grievances/<str:ref>/appeal/", grievance.grievance_appeal, name="grievance_appeal"),
    path("grievances/<str:ref>/question/", grievance.grievance_question, name="grievance_question"),
    path("orders/new/", order.order_new, name="order_new"),
    path("orders/<str:ref>/", order.order, name="order"),
    path("orders/<str:ref>/compliance/", order.order_compliance, name="order_compliance"),
    path("orders/<str:ref>/closing/", order.order_closing, name="order_closing"),
    path("letters/", letters.letters, name="letters"),
    path("letters/<str:ref>/resending/", letters.letter_resending, name="letter_resending"),
    path("clocks/", clocks.clocks, name="clocks"),
]

for of in ("appeals", "grievances", "orders"):
    urlpatterns += [
        path(f"{of}/<str:ref>/claim/", claims.claim, {"of": of}, name=f"{of}_claim"),
        path(
            f"{of}/<str:ref>/claim/renewal/",
            claims.claim_renewal,
            {"of": of},
            name=f"{of}_claim_renewal",
        ),
        path(
            f"{of}/<str:ref>/claim/return/",
            claims.claim_return,
            {"of": of},
            name=f"{of}_claim_return",
        ),
        path(f"{of}/<str:ref>/going-on/", claims.wait_end, {"of": of}, name=f"{of}_wait_end"),
    ]
