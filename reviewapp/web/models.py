from django.db import models


class Allowance(models.Model):
    """How often somebody came within the window that `ends_at`: see `allowances.py`."""

    name = models.CharField(max_length=200, primary_key=True)
    ends_at = models.DateTimeField()
    spent = models.IntegerField()

    class Meta:
        db_table = "web_allowance"

    def __str__(self) -> str:
        return f"{self.name}: {self.spent} until {self.ends_at}"
