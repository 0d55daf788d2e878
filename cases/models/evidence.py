"""What was observed about accounts: the biggest table of the house."""

import json
from typing import Any, ClassVar

from django.db import models

from cases.enums import Origin, Stage
from reviewapp.kernel.appendonly import AppendOnly, AppendOnlyQuerySet


class EvidenceQuerySet(AppendOnlyQuerySet):
    def of(self, account_id: Any) -> "EvidenceQuerySet":
        return self.filter(account_id=account_id)


# Note [An evidence item's identity]
# The same item sent twice must get the same row, across partitions, without a unique index
# over the whole table. So the id is derived: 48 bits of occurred_at in milliseconds, then a
# hash of the source and the sender's id. A retry collides on the primary key of its own
# partition and is a no-op; the digest of the body tells it from a conflict. An item that
# returns with another occurred_at is another item: see Note [Which evidence is the same] in
# cases.intake.evidence.


class EvidenceItem(AppendOnly):
    """Something observed about an account, with when it happened and when it was recorded.

    Partitioned by month of `occurred_at`. The counts (`weight` events, `people` reached,
    `strangers` among them, `counterpart`) are lifted out of `data` so that the whole life of
    an account can be drawn from one covering index without opening the rows.
    """

    pk = models.CompositePrimaryKey("occurred_at", "id", "source_id")
    id = models.UUIDField()
    source = models.ForeignKey("staff.Source", models.PROTECT, related_name="+", db_index=False)
    sender_id = models.TextField()
    account = models.ForeignKey("cases.Account", models.PROTECT, related_name="+", db_index=False)
    stage = models.TextField(choices=Stage)
    kind = models.TextField()
    origin = models.TextField(choices=Origin, default=Origin.ON_PLATFORM)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    weight = models.IntegerField(default=1)
    people = models.IntegerField(default=0)
    strangers = models.IntegerField(default=0)
    counterpart = models.TextField(default="")
    data = models.JSONField(default=dict)
    # Whatever else `data` held that may be personal, under the account's key: see Note [People
    # at the door] in cases.intake.people.
    sealed = models.BinaryField(null=True)
    digest = models.BinaryField()
    corrects = models.TextField(default="")

    objects: ClassVar = EvidenceQuerySet.as_manager()

    class Meta:
        # The table itself, its partitions and its covering index are SQL in the migration.
        indexes: ClassVar[list[models.Index]] = []

    def __str__(self) -> str:
        return f"{self.kind} at {self.occurred_at:%Y-%m-%d %H:%M:%S}"

    def sealed_data(self, account: Any) -> dict[str, Any]:
        """The personal part of `data`, opened. `account` is the item's own."""
        text = account.unseal(self.sealed, context="evidence.sealed")
        data: dict[str, Any] = json.loads(text) if text else {}
        return data
