"""The room's closed lists. They live once, here, and reach the API's schema from here."""

from django.db.models import TextChoices


class Channel(TextChoices):
    """How something reached us."""

    EMAIL = "EMAIL", "E-mail"
    POST = "POST", "Post"
    IN_APP = "IN_APP", "In the app"
    WEB_FORM = "WEB_FORM", "Web form"
    GAC_PORTAL = "GAC_PORTAL", "Appellate committee's portal"


class Jurisdiction(TextChoices):
    """Whose rules apply to a person: see `clocks.jurisdiction_of`."""

    INDIA = "IN", "India"
    EUROPEAN_UNION = "EU", "European Union"
    ELSEWHERE = "*", "Elsewhere"


class SlaKind(TextChoices):
    """What a rule about time is for."""

    GENERAL = "GENERAL", "Complaint"
    REMOVAL_3_1_B = "REMOVAL_3_1_B", "Removal request under rule 3(1)(b)"
    INTIMATE_OR_IMPERSONATION = "INTIMATE_OR_IMPERSONATION", "Intimate content or impersonation"
    COMPLAINT = "COMPLAINT", "Appeal against a decision"
    AUTHORITY_ORDER = "AUTHORITY_ORDER", "Order of a court or government"
    INFORMATION_ORDER = "INFORMATION_ORDER", "Order to give information"
    GAC_ORDER = "GAC_ORDER", "Order of the Grievance Appellate Committee"
    GAC_APPEAL = "GAC_APPEAL", "Appeal to the Grievance Appellate Committee"
    ODS = "ODS", "Out-of-court dispute settlement"


class ClockName(TextChoices):
    """What has to have happened when a clock runs out."""

    ACK = "ACK", "Acknowledge"
    ACT = "ACT", "Act"
    RESOLVE = "RESOLVE", "Answer"
    # Of somebody else's doing: they are told about, and never run here.
    WINDOW = "WINDOW", "Ask in time"
    TARGET = "TARGET", "Expected answer"
    DECIDE = "DECIDE", "Decide"


class Ground(TextChoices):
    """Why a person says that a decision is wrong."""

    NO_GROUND_GIVEN = "NO_GROUND_GIVEN", "No ground given"
    NOT_BULK_OR_AUTOMATED = "NOT_BULK_OR_AUTOMATED", "Neither bulk nor automated"
    LEGITIMATE_BUSINESS_OR_COMMUNITY_USE = (
        "LEGITIMATE_BUSINESS_OR_COMMUNITY_USE",
        "Legitimate business or community",
    )
    RECIPIENTS_CONSENTED = "RECIPIENTS_CONSENTED", "Recipients had agreed"
    ACCOUNT_COMPROMISED = "ACCOUNT_COMPROMISED", "Somebody else used the account"
    NUMBER_RECYCLED_OR_PORTED = "NUMBER_RECYCLED_OR_PORTED", "Number was another person's before"
    SHARED_NETWORK_OR_DEVICE = "SHARED_NETWORK_OR_DEVICE", "Shared network or device"
    COORDINATED_FALSE_REPORTS = "COORDINATED_FALSE_REPORTS", "Coordinated false reports"
    WRONG_ACCOUNT = "WRONG_ACCOUNT", "Wrong account"
    CLIENT_NOW_OFFICIAL = "CLIENT_NOW_OFFICIAL", "Official app by now"
    FACTS_WRONG = "FACTS_WRONG", "Facts are wrong"
    POLICY_MISAPPLIED = "POLICY_MISAPPLIED", "Rule does not apply"
    DISPROPORTIONATE = "DISPROPORTIONATE", "Too hard"
    PROCEDURE_DEFECT = "PROCEDURE_DEFECT", "No notice or no reasons"
    PROACTIVE_TECH_OUTSIDE_TERMS = (
        "PROACTIVE_TECH_OUTSIDE_TERMS",
        "Technology used outside the terms",
    )
    NEW_EVIDENCE = "NEW_EVIDENCE", "New evidence"
    OTHER = "OTHER", "Something else"


class AppealState(TextChoices):
    """The life of an appeal. Held is a lease; identity and acknowledgement are times."""

    OPEN = "OPEN", "Open"
    # Filed after its window: a person admits it, or does not.
    OUT_OF_TIME = "OUT_OF_TIME", "Out of time"
    AWAITING_APPELLANT = "AWAITING_APPELLANT", "Awaiting the person"
    AWAITING_APPROVAL = "AWAITING_APPROVAL", "Awaiting approval"
    DECIDED = "DECIDED", "Decided"
    WITHDRAWN = "WITHDRAWN", "Withdrawn"
    INADMISSIBLE = "INADMISSIBLE", "Not admitted"


APPEAL_ENDS = (AppealState.DECIDED, AppealState.WITHDRAWN, AppealState.INADMISSIBLE)


class AppealOutcome(TextChoices):
    """What became of the original decision, in the words of DSA statistics."""

    ORIGINAL_DECISION_UPHELD = "ORIGINAL_DECISION_UPHELD", "Original decision upheld"
    PARTIALLY_REVERSED = "PARTIALLY_REVERSED", "Partially reversed"
    REVERSED = "REVERSED", "Reversed"
    # Nothing was left to decide: the restriction had ended, or was lifted otherwise.
    OMITTED = "OMITTED", "Omitted"


REVERSALS = (AppealOutcome.REVERSED, AppealOutcome.PARTIALLY_REVERSED)


class ReversalCause(TextChoices):
    """Why a decision did not stand."""

    DETECTOR_ERROR = "DETECTOR_ERROR", "The detector was wrong"
    ANALYST_ERROR = "ANALYST_ERROR", "We decided wrongly"
    POLICY_CHANGE = "POLICY_CHANGE", "The rule has changed"
    NEW_INFORMATION = "NEW_INFORMATION", "New information"
    GOODWILL = "GOODWILL", "Goodwill"
    PROCEDURE = "PROCEDURE", "Procedure"


# Those that say the original finding was wrong, and so teach the detectors.
FINDING_WAS_WRONG = frozenset(
    {
        ReversalCause.DETECTOR_ERROR,
        ReversalCause.ANALYST_ERROR,
        ReversalCause.NEW_INFORMATION,
    }
)


class GrievanceCategory(TextChoices):
    """What a grievance is about, in the order of the monthly report."""

    ACCOUNT_SUPPORT = "ACCOUNT_SUPPORT", "Account support"
    BAN_APPEAL = "BAN_APPEAL", "Ban appeal"
    OTHER_SUPPORT = "OTHER_SUPPORT", "Other support"
    PRODUCT_SUPPORT = "PRODUCT_SUPPORT", "Product support"
    SAFETY = "SAFETY", "Safety"


class RuleKind(TextChoices):
    """Under which rule a grievance falls; it decides the clocks. Values are those of SlaKind."""

    GENERAL = "GENERAL", "General"
    REMOVAL_3_1_B = "REMOVAL_3_1_B", "Removal request under rule 3(1)(b)"
    INTIMATE_OR_IMPERSONATION = "INTIMATE_OR_IMPERSONATION", "Intimate content or impersonation"


class NoAppeal(TextChoices):
    """Why a grievance that asks for a ban to be lifted contains no appeal."""

    NO_ACCOUNT = "NO_ACCOUNT", "It names no account"
    NOTHING_STANDS = "NOTHING_STANDS", "Nothing stands against the account"
    ANSWERED_BEFORE = "ANSWERED_BEFORE", "The decision was looked at again before"
    ERASED = "ERASED", "The account was erased"


class GrievanceState(TextChoices):
    """The life of a grievance. Acknowledged is a time, in progress is a lease."""

    OPEN = "OPEN", "Open"
    AWAITING_USER = "AWAITING_USER", "Awaiting the person"
    # What it asks for is decided by the appeal it contains, and both are answered once.
    IN_APPEAL = "IN_APPEAL", "With its appeal"
    RESOLVED = "RESOLVED", "Resolved"


class GrievanceResolution(TextChoices):
    """What came of a grievance. ACCOUNT_* are what reports call actioned."""

    ACCOUNT_BANNED = "ACCOUNT_BANNED", "Account banned"
    ACCOUNT_RESTORED = "ACCOUNT_RESTORED", "Account restored"
    RESTORATION_REFUSED = "RESTORATION_REFUSED", "Restoration refused"
    SUPPORT_GIVEN = "SUPPORT_GIVEN", "Support given"
    NO_VIOLATION = "NO_VIOLATION", "No violation"
    REDIRECTED_IN_APP = "REDIRECTED_IN_APP", "Redirected to reporting in the app"
    DUPLICATE = "DUPLICATE", "Duplicate"
    NO_RESPONSE_POSSIBLE = "NO_RESPONSE_POSSIBLE", "No response possible"


ACTIONED = (GrievanceResolution.ACCOUNT_BANNED, GrievanceResolution.ACCOUNT_RESTORED)


class OrderKind(TextChoices):
    """Who orders, and whether they want something done or told. Values are those of SlaKind."""

    GAC_ORDER = "GAC_ORDER", "Order of the Grievance Appellate Committee"
    AUTHORITY_ORDER = "AUTHORITY_ORDER", "Order of a court or government"
    INFORMATION_ORDER = "INFORMATION_ORDER", "Order to give information"


class StatementKind(TextChoices):
    """What was said on a ticket, and for what."""

    FILED = "FILED", "Filed"
    REPEATED = "REPEATED", "Asked again"
    QUESTION = "QUESTION", "Asked by us"
    ANSWER = "ANSWER", "Answered"
    WITHDRAWAL = "WITHDRAWAL", "Withdrawn"


class ProposalAnswer(TextChoices):
    APPROVED = "APPROVED", "Approved"
    SENT_BACK = "SENT_BACK", "Sent back"
    WITHDRAWN = "WITHDRAWN", "Withdrawn"


class LetterKind(TextChoices):
    """What a letter to a person is for."""

    ACKNOWLEDGEMENT = "ACKNOWLEDGEMENT", "Acknowledgement"
    QUESTION = "QUESTION", "Question"
    ANSWER = "ANSWER", "Answer"
    NOT_ADMITTED = "NOT_ADMITTED", "Not admitted"
    WITHDRAWN = "WITHDRAWN", "Withdrawal confirmed"


class Via(TextChoices):
    """By which way a letter goes."""

    PLATFORM = "PLATFORM", "Message in the app"
    EMAIL = "EMAIL", "E-mail"


class LetterState(TextChoices):
    """WAITING holds until its enforcement has reached the platform.

    SENDING is an e-mail handed to the mail server right now: unlike the platform, a mail server
    does not know the same letter again, so one whose worker died in that moment becomes UNCERTAIN
    and is sent again by a person or not at all. BOUNCED came back.
    """

    WAITING = "WAITING", "Waiting"
    REQUESTED = "REQUESTED", "Requested"
    RETRYING = "RETRYING", "Retrying"
    SENDING = "SENDING", "Being sent"
    SENT = "SENT", "Sent"
    FAILED = "FAILED", "Failed"
    UNCERTAIN = "UNCERTAIN", "Perhaps sent"
    BOUNCED = "BOUNCED", "Came back"
    CANCELLED = "CANCELLED", "Cancelled"


LETTERS_NEEDING_ATTENTION = (
    LetterState.FAILED,
    LetterState.RETRYING,
    LetterState.UNCERTAIN,
    LetterState.BOUNCED,
)


class MailFate(TextChoices):
    """What became of a mail that came in."""

    OPENED = "OPENED", "Opened a ticket"
    THREADED = "THREADED", "Joined a ticket"
    BOUNCE = "BOUNCE", "Says that a letter came back"
    AUTOMATIC = "AUTOMATIC", "Answered by a machine"
    REFUSED = "REFUSED", "Refused"


class ChallengeState(TextChoices):
    """What became of a code that was asked for. NOBODY is told apart by workers alone."""

    REQUESTED = "REQUESTED", "Requested"
    RETRYING = "RETRYING", "Retrying"
    SENT = "SENT", "Sent"
    FAILED = "FAILED", "Failed"
    NOBODY = "NOBODY", "No such account, or nothing to see"
