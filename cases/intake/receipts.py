"""What a source is answered: how many rows were taken, and what is wrong with the others."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct


class Fault(Struct, frozen=True):
    """What is wrong with one field. `pointer` is a JSON pointer within the row."""

    pointer: str
    detail: str


class Rejected(Struct, frozen=True):
    """A row that could not be taken. `id` is the sender's, where it could be read."""

    id: str | None
    errors: tuple[Fault, ...]


class RejectedRow(Struct, frozen=True):
    """A rejection with the row's place in the batch, from 0, as the sender is told it."""

    index: int
    id: str | None
    errors: tuple[Fault, ...]


class Result(Struct, frozen=True, omit_defaults=True):
    """Where a row ended up. `case` and `enforcement` are refs, for detections.

    `held_back`: it was kept and opened no case, because the account is cleared of its rules.
    """

    id: str
    duplicate: bool
    case: str | None = None
    enforcement: str | None = None
    held_back: bool = False


class Receipt(Struct):
    """The answer to a batch."""

    accepted: int = 0
    duplicates: int = 0
    rejected: list[RejectedRow] = []
    results: list[Result] = []

    def reject(self, index: int, sender_id: str | None, *faults: Fault) -> None:
        """Say what is wrong with the row; an id too long to be one is not repeated."""
        fit = sender_id is not None and len(sender_id) <= 200
        self.rejected.append(RejectedRow(index, sender_id if fit else None, faults))

    def readable(self, items: Sequence[Any]) -> list[tuple[int, Any]]:
        """The rows that could be read, each with its index; the others are rejected here.

        None stands for an empty line.
        """
        rows = []
        for index, item in enumerate(items):
            if type(item) is Rejected:
                self.reject(index, item.id, *item.errors)
            elif item is not None:
                rows.append((index, item))
        return rows

    def in_order(self) -> "Receipt":
        """Itself, with the rejections by index whatever found them."""
        self.rejected.sort(key=lambda row: row.index)
        return self

    @property
    def taken(self) -> int:
        """Rows that were valid: new ones and known ones."""
        return self.accepted + self.duplicates
