from cases.models.accounts import Account, AccountChange, AccountLink
from cases.models.approvals import Approval
from cases.models.bulks import Bulk, BulkRow
from cases.models.cases import Case
from cases.models.claims import Claim
from cases.models.clearings import Clearing
from cases.models.decisions import Citation, Decision, Withdrawal
from cases.models.desks import Preferences, Presence, SavedFilter
from cases.models.detectors import AgreementCount, Detection, Detector, Label
from cases.models.enforcement import Enforcement, EnforcementAttempt
from cases.models.evidence import EvidenceItem
from cases.models.hours import EvidenceHour
from cases.models.notes import Note
from cases.models.notifications import Notification, NotificationAttempt
from cases.models.policies import PolicyClause
from cases.models.queues import Queue, RoutingRule
from cases.models.rearrangements import Rearrangement

__all__ = [
    "Account",
    "AccountChange",
    "AccountLink",
    "AgreementCount",
    "Approval",
    "Bulk",
    "BulkRow",
    "Case",
    "Citation",
    "Claim",
    "Clearing",
    "Decision",
    "Detection",
    "Detector",
    "Enforcement",
    "EnforcementAttempt",
    "EvidenceHour",
    "EvidenceItem",
    "Label",
    "Note",
    "Notification",
    "NotificationAttempt",
    "PolicyClause",
    "Preferences",
    "Presence",
    "Queue",
    "Rearrangement",
    "RoutingRule",
    "SavedFilter",
    "Withdrawal",
]
