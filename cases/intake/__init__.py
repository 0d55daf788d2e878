"""Taking in what sources send: accounts, evidence, detections."""

from cases.intake.accounts import receive_accounts
from cases.intake.detections import receive_detections
from cases.intake.evidence import receive_evidence
from cases.intake.receipts import Fault, Receipt, Rejected
from cases.intake.sent import SentAccount, SentDetection, SentEvidence

__all__ = [
    "Fault",
    "Receipt",
    "Rejected",
    "SentAccount",
    "SentDetection",
    "SentEvidence",
    "receive_accounts",
    "receive_detections",
    "receive_evidence",
]
