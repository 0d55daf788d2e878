"""Deciding many cases at once.

# Note [A bulk reaches the platform as a whole]

A bulk is asked for by a page and carried out by a worker, row by row, each in a transaction of its
own together with what the row says of it: a worker killed between two rows loses nothing, and the
next one goes on where it stopped. What the rows promise is held back until the last of them is
decided and the grace for undoing has passed. So a bulk that is undone in time never reached
anybody; and one that is undone later is taken back decision by decision, with a lift for what was
done and a new case for somebody to look at.
"""

from cases.bulking.asking import (
    MOST,
    AlreadyAnswered,
    BulkVerdict,
    CannotAsk,
    NotYours,
    ask,
    drop,
    start,
)
from cases.bulking.impact import Impact, impact_of
from cases.bulking.running import run_due
from cases.bulking.undoing import CannotUndo, undo

__all__ = [
    "MOST",
    "AlreadyAnswered",
    "BulkVerdict",
    "CannotAsk",
    "CannotUndo",
    "Impact",
    "NotYours",
    "ask",
    "drop",
    "impact_of",
    "run_due",
    "start",
    "undo",
]
