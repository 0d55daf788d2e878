"""The field's closed lists. They live once, here, and reach the API's schema from here."""

from django.db.models import TextChoices


class Surface(TextChoices):
    """Where on the messenger an account acts. Only CHANNELS is public."""

    PRIVATE_MESSAGING = "PRIVATE_MESSAGING", "Private messaging"
    CHANNELS = "CHANNELS", "Channels"


class AccountKind(TextChoices):
    PERSONAL = "PERSONAL", "Personal"
    BUSINESS = "BUSINESS", "Business"


class LinkKind(TextChoices):
    """What two accounts can share."""

    DEVICE = "device", "Device"
    NETWORK = "network", "Network"
    NUMBER_RANGE = "number_range", "Number range"
    PAYEE = "payee", "Payee"
    BUSINESS = "business", "Business"


class Stage(TextChoices):
    """The three points at which abuse is detected, in the order of an account's life."""

    REGISTRATION = "REGISTRATION", "Registration"
    MESSAGING = "MESSAGING", "Messaging"
    NEGATIVE_FEEDBACK = "NEGATIVE_FEEDBACK", "Negative feedback"


class Origin(TextChoices):
    """Whether evidence was observed on the platform or elsewhere."""

    ON_PLATFORM = "ON_PLATFORM", "On the platform"
    OFF_PLATFORM = "OFF_PLATFORM", "Off the platform"


class Verdict(TextChoices):
    """What a detector asks for: a person's look, or the record of what was already done."""

    REVIEW = "REVIEW", "Review"
    ENFORCED = "ENFORCED", "Enforced"


class CaseOrigin(TextChoices):
    DETECTOR = "DETECTOR", "Detector"
    USER_REPORT = "USER_REPORT", "User report"
    GRIEVANCE = "GRIEVANCE", "Grievance"
    APPEAL = "APPEAL", "Appeal"
    AUTHORITY_ORDER = "AUTHORITY_ORDER", "Authority order"
    ANALYST_INITIATED = "ANALYST_INITIATED", "Analyst"
    QA_REFERRAL = "QA_REFERRAL", "Quality review"
    OFF_PLATFORM_TIP = "OFF_PLATFORM_TIP", "Off-platform tip"


class CaseState(TextChoices):
    OPEN = "OPEN", "Open"
    AWAITING_INFO = "AWAITING_INFO", "Awaiting information"
    ESCALATED = "ESCALATED", "Escalated"
    AWAITING_APPROVAL = "AWAITING_APPROVAL", "Awaiting approval"
    DECIDED = "DECIDED", "Decided"
    MERGED = "MERGED", "Merged"


class Outcome(TextChoices):
    """What a decision found."""

    NO_VIOLATION = "NO_VIOLATION", "No violation"
    VIOLATION = "VIOLATION", "Violation"
    INSUFFICIENT_EVIDENCE = "INSUFFICIENT_EVIDENCE", "Not enough evidence"
    DUPLICATE = "DUPLICATE", "Duplicate"
    OUT_OF_SCOPE = "OUT_OF_SCOPE", "Out of scope"


class Confidence(TextChoices):
    LOW = "LOW", "Low"
    MEDIUM = "MEDIUM", "Medium"
    HIGH = "HIGH", "High"


class Maker(TextChoices):
    """Who made a decision. A detection that a person confirmed is partially automated."""

    AUTOMATED = "AUTOMATED", "Automated"
    ANALYST = "ANALYST", "Analyst"
    PARTIALLY_AUTOMATED = "PARTIALLY_AUTOMATED", "Analyst on a detection"


class Upon(TextChoices):
    """What had a decision looked at again and undone by somebody who had not made it."""

    APPEAL = "APPEAL", "On appeal"
    ORDER = "ORDER", "By order"


class Action(TextChoices):
    """What the platform can be asked to do to an account, mildest first."""

    WARN = "WARN", "Warn"
    RATE_LIMIT = "RATE_LIMIT", "Rate limit"
    GROUP_CREATE_BLOCK = "GROUP_CREATE_BLOCK", "Block creating groups"
    FEATURE_LIMIT = "FEATURE_LIMIT", "Feature limit"
    TEMPORARY_BAN = "TEMPORARY_BAN", "Temporary ban"
    PERMANENT_BAN = "PERMANENT_BAN", "Permanent ban"
    REGISTRATION_BLOCK = "REGISTRATION_BLOCK", "Block registration"
    LIFT = "LIFT", "Lift"


BANS = frozenset({Action.TEMPORARY_BAN, Action.PERMANENT_BAN, Action.REGISTRATION_BLOCK})
# What may end by itself. A ban for a time has to.
MAY_END = frozenset(
    {Action.RATE_LIMIT, Action.GROUP_CREATE_BLOCK, Action.FEATURE_LIMIT, Action.TEMPORARY_BAN}
)
# What a person may choose when deciding a case; LIFT only where there is something to lift.
DECIDABLE = (
    Action.WARN,
    Action.RATE_LIMIT,
    Action.FEATURE_LIMIT,
    Action.TEMPORARY_BAN,
    Action.PERMANENT_BAN,
)


class EnforcementState(TextChoices):
    """The life of a request to the platform.

    REQUESTED and RETRYING wait to be delivered; ACKNOWLEDGED was delivered and waits to be
    confirmed; APPLIED is in force (a warning: was shown). FAILED needs attention. The rest
    are ends: EXPIRED and LIFTED were in force, SUPERSEDED and CANCELLED gave way.
    """

    REQUESTED = "REQUESTED", "Requested"
    RETRYING = "RETRYING", "Retrying"
    ACKNOWLEDGED = "ACKNOWLEDGED", "Acknowledged"
    APPLIED = "APPLIED", "Applied"
    FAILED = "FAILED", "Failed"
    EXPIRED = "EXPIRED", "Expired"
    LIFTED = "LIFTED", "Lifted"
    SUPERSEDED = "SUPERSEDED", "Superseded"
    CANCELLED = "CANCELLED", "Cancelled"


UNDELIVERED = frozenset({EnforcementState.REQUESTED, EnforcementState.RETRYING})
# In force, or on the way to it: what "where does this account stand" is made of.
STANDING = UNDELIVERED | {EnforcementState.ACKNOWLEDGED, EnforcementState.APPLIED}


# What a person may want to look at: given up on, or not taken so far.
NEEDING_ATTENTION = ("FAILED", "RETRYING")


class NotificationState(TextChoices):
    """WAITING holds until its enforcement has reached the platform."""

    WAITING = "WAITING", "Waiting"
    REQUESTED = "REQUESTED", "Requested"
    RETRYING = "RETRYING", "Retrying"
    SENT = "SENT", "Sent"
    FAILED = "FAILED", "Failed"
    CANCELLED = "CANCELLED", "Cancelled"


class LabelValue(TextChoices):
    """What people said of a detection."""

    VIOLATION = "VIOLATION", "Violation"
    NO_VIOLATION = "NO_VIOLATION", "No violation"
    RETRACTED = "RETRACTED", "Retracted"


class LabelSource(TextChoices):
    ANALYST = "ANALYST", "Analyst"
    APPEAL = "APPEAL", "Appeal"
    QA = "QA", "Quality review"


class ClaimEnding(TextChoices):
    GIVEN_BACK = "GIVEN_BACK", "Given back"
    LAPSED = "LAPSED", "Lapsed"
    DECIDED = "DECIDED", "Decided"
    PROPOSED = "PROPOSED", "Waits for approval"
    SET_ASIDE = "SET_ASIDE", "Set aside"
    ESCALATED = "ESCALATED", "Escalated"
    HANDED_OVER = "HANDED_OVER", "Handed over"
    TAKEN_OFF = "TAKEN_OFF", "Taken off by a lead"
    MERGED = "MERGED", "Merged"


class GiveBackReason(TextChoices):
    """Why an analyst lets go of a case. It is not offered to them again."""

    NEEDS_OTHER_SKILL = "NEEDS_OTHER_SKILL", "Needs a skill or language I lack"
    CONFLICT_OF_INTEREST = "CONFLICT_OF_INTEREST", "I know this person or business"
    END_OF_SHIFT = "END_OF_SHIFT", "My shift ends"
    DISTRESSING = "DISTRESSING", "I would rather not see this one"
    OTHER = "OTHER", "Another reason"


class ReservedWhy(TextChoices):
    """Why a case waits for one person before it is offered to others."""

    HANDED_OVER = "HANDED_OVER", "Handed over to you"
    REASSIGNED = "REASSIGNED", "Given to you by a lead"
    ASKED = "ASKED", "You asked for information"
    INFORMATION_ARRIVED = "INFORMATION_ARRIVED", "Something new arrived"
    WOKE_UP = "WOKE_UP", "The date you set has come"
    SENT_BACK = "SENT_BACK", "Approval refused"


class RearrangementKind(TextChoices):
    """What waiting cases go through when the queues are changed."""

    REORDER = "REORDER", "Another order"
    MOVE = "MOVE", "Another queue"


class DueDates(TextChoices):
    """What a changed deadline makes of the due dates of cases that wait already."""

    NEARER = "NEARER", "Only bring them nearer"
    ANEW = "ANEW", "Count them anew from the opening"


class NoteKind(TextChoices):
    """What a note was written for."""

    NOTE = "NOTE", "Note"
    HAND_OVER = "HAND_OVER", "Handed over"
    QUESTION = "QUESTION", "Information asked for"
    ESCALATION = "ESCALATION", "Escalated"
    MERGE = "MERGE", "Merged"
    SENT_BACK = "SENT_BACK", "Sent back"


class ApprovalCause(TextChoices):
    """What makes a decision wait for a second person."""

    POLICY = "POLICY", "A rule it cites asks for it"
    QUEUE = "QUEUE", "Its queue asks for it"
    REACH = "REACH", "The account reaches many people"
    BULK = "BULK", "It decides many cases at once"


class ApprovalAnswer(TextChoices):
    APPROVED = "APPROVED", "Approved"
    SENT_BACK = "SENT_BACK", "Sent back"
    WITHDRAWN = "WITHDRAWN", "Withdrawn"


class BulkState(TextChoices):
    """The life of a decision on many cases."""

    AWAITING_APPROVAL = "AWAITING_APPROVAL", "Awaiting approval"
    RUNNING = "RUNNING", "Running"
    DONE = "DONE", "Done"
    UNDOING = "UNDOING", "Being undone"
    UNDONE = "UNDONE", "Undone"
    DROPPED = "DROPPED", "Dropped before it ran"


class BulkRowState(TextChoices):
    WAITING = "WAITING", "Waiting"
    DECIDED = "DECIDED", "Decided"
    REFUSED = "REFUSED", "Not decided"
    EXCEPTED = "EXCEPTED", "Left out"
    UNDONE = "UNDONE", "Undone"
