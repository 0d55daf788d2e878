from django.urls import path

from cases.views import (
    account,
    bulks,
    case,
    claim,
    decision,
    detectors,
    enforcements,
    home,
    lead,
    links,
    queues,
    queuesettings,
    routing,
    search,
)

app_name = "cases"

urlpatterns = [
    path("", home.home, name="home"),
    path("claims/", claim.claims, name="claims"),
    path("queues/", queues.queue, name="queue"),
    path("queues/settings/", queuesettings.queue_list, name="queue_list"),
    path("queues/rearrangements/", queuesettings.rearrangements, name="rearrangements"),
    path("queues/routing/", routing.routing, name="routing"),
    path("queues/routing/draft/", routing.routing_draft, name="routing_draft"),
    path("queues/routing/rules/", routing.routing_rules, name="routing_rules"),
    path("queues/routing/rules/<int:number>/", routing.routing_rule, name="routing_rule"),
    path("queues/<slug:slug>/", queues.queue_of, name="queue_of"),
    path("queues/<slug:slug>/settings/", queuesettings.queue_settings, name="queue_settings"),
    path("cases/<str:ref>/", case.case, name="case"),
    path("cases/<str:ref>/claim/", claim.claim, name="claim"),
    path("cases/<str:ref>/claim/renewal/", claim.claim_renewal, name="claim_renewal"),
    path("cases/<str:ref>/claim/return/", claim.claim_return, name="claim_return"),
    path("cases/<str:ref>/claim/removal/", lead.claim_removal, name="claim_removal"),
    path("cases/<str:ref>/assignment/", lead.assignment, name="assignment"),
    path("cases/<str:ref>/queue/", lead.case_queue, name="case_queue"),
    path("cases/<str:ref>/decision/", decision.decision, name="decision"),
    path("bulks/", bulks.bulks, name="bulks"),
    path("bulks/preview/", bulks.preview, name="bulk_preview"),
    path("bulks/impact/", bulks.impact, name="bulk_impact"),
    path("bulks/<str:ref>/", bulks.bulk, name="bulk"),
    path("bulks/<str:ref>/approval/", bulks.approval, name="bulk_approval"),
    path("bulks/<str:ref>/approval/return/", bulks.approval_return, name="bulk_return"),
    path("bulks/<str:ref>/withdrawal/", bulks.withdrawal, name="bulk_withdrawal"),
    path("accounts/<str:ref>/", account.account, name="account"),
    path("accounts/<str:ref>/case/", account.account_case, name="account_case"),
    path("accounts/<str:ref>/links/<int:number>/", links.linked, name="linked"),
    path("accounts/<str:ref>/phone/", account.account_phone, name="account_phone"),
    path("search/", search.search, name="search"),
    path("enforcements/", enforcements.enforcements, name="enforcements"),
    path(
        "enforcements/<str:ref>/replay/", enforcements.enforcement_replay, name="enforcement_replay"
    ),
    path(
        "notifications/<str:ref>/replay/",
        enforcements.notification_replay,
        name="notification_replay",
    ),
    path("detectors/", detectors.detectors, name="detectors"),
    path(
        "detectors/<path:name>/acknowledgement/",
        detectors.detector_acknowledgement,
        name="detector_acknowledgement",
    ),
]
