"""The closed list of what can happen, in words for people. A kind is `noun.verb`."""

KINDS = {
    "account.cleared": "Account cleared of a family of rules",
    "account.protected": "Account protected",
    "account.received": "Account received",
    "account.changed": "Account changed",
    "account.viewed": "Account read",
    "approval.asked": "Approval asked for",
    "approval.given": "Approval given",
    "approval.sent_back": "Approval refused, sent back",
    "approval.withdrawn": "Proposal withdrawn",
    "bulk.asked": "Bulk decision asked for",
    "bulk.finished": "Bulk decision carried out",
    "bulk.undone": "Bulk decision undone",
    "bulk.withdrawn": "Bulk decision taken back",
    "case.claimed": "Case claimed",
    "case.given_back": "Case given back",
    "case.joined": "Detection joined a case",
    "case.opened": "Case opened",
    "case.viewed": "Case read",
    "claim.lapsed": "Claim lapsed",
    "clearing.restored": "Clearing stands again",
    "clearing.revoked": "Clearing ended",
    "configuration.changed": "Configuration changed",
    "decision.made": "Decision made",
    "decision.withdrawn": "Decision withdrawn",
    "detection.received": "Detection received",
    "detector.first_seen": "Detector seen for the first time",
    "enforcement.acknowledged": "Enforcement acknowledged by the platform",
    "enforcement.applied": "Enforcement applied",
    "enforcement.attempted": "Enforcement attempted",
    "enforcement.cancelled": "Enforcement cancelled before it was sent",
    "enforcement.expired": "Enforcement reached its end",
    "enforcement.failed": "Enforcement failed",
    "enforcement.lifted": "Enforcement lifted",
    "enforcement.replayed": "Enforcement sent again by hand",
    "enforcement.requested": "Enforcement requested",
    "enforcement.restored": "Enforcement requested after all",
    "enforcement.superseded": "Enforcement superseded",
    "evidence.received": "Evidence received",
    "export.downloaded": "Export downloaded",
    "fieldkeys.rewrapped": "People's keys wrapped under a new field key",
    "key.created": "API key created",
    "key.revoked": "API key revoked",
    "label.given": "Label given",
    "notification.attempted": "Notification attempted",
    "notification.cancelled": "Notification cancelled before it was sent",
    "notification.failed": "Notification failed",
    "notification.replayed": "Notification sent again by hand",
    "notification.requested": "Notification requested",
    "notification.restored": "Notification waits again",
    "notification.sent": "Notification sent",
    "personal.revealed": "Personal data revealed",
    "user.changed": "User changed",
    "user.sign_in_failed": "Sign-in failed",
    "user.signed_in": "User signed in",
}


class UnknownKind(ValueError):
    """Code tried to record something that is not in the list of kinds."""


def words_for(kind: str) -> str:
    """What people read for `kind`; kinds of a later or earlier release read as they are."""
    return KINDS.get(kind, kind)
