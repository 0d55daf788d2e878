"""Why an account is restricted, as the person whose it is may know it."""

from appeals.composing import Reasons
from cases import citing
from cases.enums import LabelValue
from cases.models import Decision, Detection, Enforcement, Label


def reasons_of(enforcement: Enforcement, *, language: str) -> Reasons:
    """What was decided with `enforcement`, under which rules and on what kinds of observations.

    No figures, no limits, nobody's name. Needs `decision` and `account` loaded.
    """
    decision: Decision = enforcement.decision
    rules = [clause.words_for(language) for clause in decision.clauses.order_by("position", "code")]
    reason = decision.reason()
    return Reasons(
        action=enforcement.action,
        decided_at=decision.decided_at,
        until=enforcement.until,
        maker=decision.maker,
        rules=[rule for rule in rules if rule],
        reason="" if reason.split() == " ".join(rules).split() else reason.strip(),
        stages=_stages_behind(decision),
    )


def _stages_behind(decision: Decision) -> set[str]:
    """The stages of the detections that a decision bears out, and of the evidence that it cites."""
    detected = Detection.objects.filter(decision=decision).values_list("stage")
    borne_out = Label.objects.filter(decision=decision, value=LabelValue.VIOLATION).values_list(
        "detection__stage"
    )
    cited = decision.citations.values_list("evidence_source_id", "evidence_id", "occurred_at")
    return {stage for (stage,) in detected.union(borne_out)} | citing.stages_of(
        decision.account_id, list(cited)
    )
