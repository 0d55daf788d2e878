from cases.models.accounts import Account, AccountChange, AccountLink
from cases.models.cases import Case
from cases.models.claims import Claim
from cases.models.decisions import Citation, Decision
from cases.models.detectors import AgreementCount, Detection, Detector, Label
from cases.models.enforcement import Enforcement, EnforcementAttempt
from cases.models.evidence import EvidenceItem
from cases.models.hours import EvidenceHour
from cases.models.notifications import Notification, NotificationAttempt
from cases.models.policies import PolicyClause
from cases.models.queues import Queue, RoutingRule

__all__ = [
    "Account",
    "AccountChange",
    "AccountLink",
    "AgreementCount",
    "Case",
    "Citation",
    "Claim",
    "Decision",
    "Detection",
    "Detector",
    "Enforcement",
    "EnforcementAttempt",
    "EvidenceHour",
    "EvidenceItem",
    "Label",
    "Notification",
    "NotificationAttempt",
    "PolicyClause",
    "Queue",
    "RoutingRule",
]
