from appeals.models.appeals import Appeal, AppealDecision, Proposal, TextGroup
from appeals.models.challenges import Challenge
from appeals.models.clocks import Clock
from appeals.models.grievances import Grievance
from appeals.models.letters import Letter, LetterAttempt
from appeals.models.orders import Order
from appeals.models.reminders import Reminder
from appeals.models.rules import SlaRule
from appeals.models.statements import Attachment, InboundMail, Statement
from appeals.models.tallies import KeptTally, ReversalTally

__all__ = [
    "Appeal",
    "AppealDecision",
    "Attachment",
    "Challenge",
    "Clock",
    "Grievance",
    "InboundMail",
    "KeptTally",
    "Letter",
    "LetterAttempt",
    "Order",
    "Proposal",
    "Reminder",
    "ReversalTally",
    "SlaRule",
    "Statement",
    "TextGroup",
]
