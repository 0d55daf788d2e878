"""What reads answer with: the shapes, side by side, as the API's description shows them."""

from rest_framework import serializers as s

from cases.enums import (
    AccountKind,
    Action,
    CaseOrigin,
    CaseState,
    EnforcementState,
    LabelSource,
    LabelValue,
    Maker,
    Origin,
    Outcome,
    Stage,
    Surface,
    Verdict,
)


class StandingAnswer(s.Serializer):
    """Something in force against an account, or on its way."""

    enforcement = s.CharField()
    action = s.ChoiceField(Action.choices)
    state = s.ChoiceField(EnforcementState.choices)
    until = s.DateTimeField(allow_null=True)
    requested_at = s.DateTimeField()
    applied_at = s.DateTimeField(allow_null=True)


class AccountAnswer(s.Serializer):
    """An account. Personal fields are masked without the scope `personal`."""

    id = s.CharField(help_text="The messenger's own id.")
    account = s.CharField(help_text="Our ref, as the ledger names it.")
    phone = s.CharField(help_text="E.164, or all but prefix and last digits masked.")
    display_name = s.CharField(help_text="Empty without the scope `personal`.")
    country = s.CharField()
    country_prefix = s.CharField()
    surface = s.ChoiceField(Surface.choices)
    kind = s.ChoiceField(AccountKind.choices)
    locale = s.CharField()
    registered_at = s.DateTimeField(allow_null=True)
    attributes = s.DictField(help_text="Empty without the scope `personal`.")
    links = s.DictField(
        child=s.ListField(child=s.CharField()), help_text="Empty without the scope `personal`."
    )
    standing = StandingAnswer(many=True)
    open_case = s.CharField(allow_null=True)


class EvidenceAnswer(s.Serializer):
    """An item of an account's timeline, under its sender's id."""

    id = s.CharField()
    source = s.CharField()
    stage = s.ChoiceField(Stage.choices)
    kind = s.CharField()
    origin = s.ChoiceField(Origin.choices)
    occurred_at = s.DateTimeField()
    recorded_at = s.DateTimeField()
    data = s.DictField(help_text="Other people are pseudonyms; free text needs `personal`.")
    corrects = s.CharField(allow_null=True)


class DetectionAnswer(s.Serializer):
    id = s.CharField()
    source = s.CharField()
    detector = s.CharField()
    version = s.CharField()
    stage = s.ChoiceField(Stage.choices)
    score = s.FloatField()
    policy = s.CharField()
    verdict = s.ChoiceField(Verdict.choices)
    signals = s.ListField(child=s.DictField())
    received_at = s.DateTimeField()


class CaseAnswer(s.Serializer):
    case = s.CharField()
    account = s.CharField(help_text="The messenger's own id.")
    queue = s.CharField()
    state = s.ChoiceField(CaseState.choices)
    origin = s.ChoiceField(CaseOrigin.choices)
    priority = s.FloatField()
    detections = s.IntegerField()
    stages = s.ListField(child=s.CharField())
    detectors = s.ListField(child=s.CharField())
    policies = s.ListField(child=s.CharField())
    opened_at = s.DateTimeField()
    due_at = s.DateTimeField(allow_null=True)
    settled_at = s.DateTimeField(allow_null=True)


class DecisionAnswer(s.Serializer):
    """A line of the decision log."""

    decision = s.CharField()
    account = s.CharField(help_text="The messenger's own id.")
    case = s.CharField(allow_null=True)
    maker = s.ChoiceField(Maker.choices)
    outcome = s.ChoiceField(Outcome.choices)
    action = s.CharField(allow_null=True)
    policy = s.CharField(allow_null=True)
    stage = s.CharField(allow_null=True)
    detector = s.CharField(allow_null=True)
    version = s.CharField(allow_null=True)
    country_prefix = s.CharField(allow_null=True)
    surface = s.CharField(allow_null=True)
    decided_at = s.DateTimeField()
    recorded_at = s.DateTimeField()


class CaseFileAnswer(CaseAnswer):
    """A case with the detections that opened and joined it, and what was decided."""

    priority_parts = s.DictField(child=s.FloatField())
    detections_received = DetectionAnswer(many=True)
    decisions = s.ListField(child=s.CharField())


class AttemptAnswer(s.Serializer):
    number = s.IntegerField()
    attempted_at = s.DateTimeField()
    status = s.IntegerField(allow_null=True)
    result = s.CharField()
    answer = s.CharField()
    took_ms = s.IntegerField()


class EnforcementAnswer(s.Serializer):
    enforcement = s.CharField()
    account = s.CharField(help_text="The messenger's own id.")
    decision = s.CharField()
    sequence = s.IntegerField()
    action = s.ChoiceField(Action.choices)
    policy = s.CharField(allow_null=True)
    until = s.DateTimeField(allow_null=True)
    lifts = s.CharField(allow_null=True)
    state = s.ChoiceField(EnforcementState.choices)
    detail = s.CharField(allow_null=True)
    requested_at = s.DateTimeField()
    acknowledged_at = s.DateTimeField(allow_null=True)
    applied_at = s.DateTimeField(allow_null=True)
    ended_at = s.DateTimeField(allow_null=True)
    attempts = AttemptAnswer(many=True)


class LabelAnswer(s.Serializer):
    """What people said of a detection. The highest `seq` of a detection is what stands."""

    seq = s.IntegerField()
    detection = s.CharField()
    source_of_detection = s.CharField()
    account = s.CharField(help_text="The messenger's own id.")
    detector = s.CharField()
    version = s.CharField()
    score = s.FloatField()
    label = s.ChoiceField(LabelValue.choices)
    source = s.ChoiceField(LabelSource.choices)
    at = s.DateTimeField()


def page_of(answer: type[s.Serializer]) -> s.Serializer:
    """The shape of a keyset page of `answer`."""
    name = answer.__name__.removesuffix("Answer") + "PageAnswer"
    fields = {
        "items": answer(many=True),
        "next": s.CharField(allow_null=True, help_text="Pass as `after`; null on the last page."),
    }
    page: s.Serializer = type(name, (s.Serializer,), fields)()
    return page
