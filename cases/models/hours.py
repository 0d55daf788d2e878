"""How much of each kind of evidence an account has, hour by hour."""

from django.db import models

from cases.enums import Origin, Stage

# Note [Hours are counted by the database]
# A page about an account with 100,000 items can't add them up each time it is looked at. So a
# trigger of the table of evidence counts what each statement really added, in the same
# transaction and whoever wrote it: an item that was there already is not counted again, and
# nothing that rolls back stays counted. Hours are narrow rows, and few where items are many: a
# month of an account holds at most some two thousand of them, whatever it sent.


class EvidenceHour(models.Model):
    """Items of one kind, stage and origin within one hour (UTC) of an account's life."""

    pk = models.CompositePrimaryKey("account_id", "at", "kind", "stage", "origin")
    # Without a constraint of its own: the items that it counts have one.
    account = models.ForeignKey(
        "cases.Account", models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    at = models.DateTimeField()
    kind = models.TextField()
    stage = models.TextField(choices=Stage)
    origin = models.TextField(choices=Origin)
    first = models.DateTimeField()
    last = models.DateTimeField()
    items = models.IntegerField()
    events = models.BigIntegerField()
    people = models.BigIntegerField()
    strangers = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.items} of {self.kind} in the hour of {self.at:%Y-%m-%d %H:%M}"
