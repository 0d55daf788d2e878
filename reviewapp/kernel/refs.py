"""Short names that people can say: `C-4F7K2M`.

# Note [How a ref is made]

A ref is a prefix (one to three letters that say what is named), a hyphen, and symbols of
Crockford's base 32, which has no I, L, O or U to be misread. The body is the row's number from a
PostgreSQL sequence, sent through a fixed permutation: two rows made one after the other look
nothing alike, and no draw can collide. Five symbols name 33.5 million rows; the rows after those
get six, then seven.

The last symbol is a check: the symbols, seen as elements of the field GF(32) and weighted by the
powers of a generator, sum to zero together with the prefix. Every weight differs and none is zero,
so that any one wrong symbol and any two swapped symbols, neighbours or not, are caught, and
mostly a wrong prefix too.
"""

import re
import unicodedata

from django.db import connection
from django.db.migrations.operations import RunSQL

from reviewapp.kernel.refusals import Refused

SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS = 5
SHORTEST_BODY = 5

_VALUE = {symbol: value for value, symbol in enumerate(SYMBOLS)}
_SLIPS = str.maketrans("OILU", "011V")
_PREFIX = re.compile(r"[A-Z]{1,3}\Z")
_LONGEST_INPUT = 40


class BadRef(Refused):
    """That is not a reference: look for a slip of the pen."""


def make_ref(prefix: str, number: int) -> str:
    """The ref of row `number` (0 or more) of its kind; the same number always has the same ref."""
    if not _PREFIX.match(prefix) or number < 0:
        raise ValueError(f"No ref can be made of {prefix!r} and {number!r}.")
    body_length = SHORTEST_BODY
    while number >= 1 << (BITS * body_length):
        number -= 1 << (BITS * body_length)
        body_length += 1
    permuted = _permute(number, BITS * body_length)
    body = "".join(
        SYMBOLS[permuted >> (BITS * place) & 31] for place in reversed(range(body_length))
    )
    return f"{prefix}-{body}{SYMBOLS[_check(prefix, body)]}"


def parse_ref(text: str, prefix: str | None = None) -> str:
    """The ref that somebody meant by `text`, as `make_ref` writes it.

    Forgives case, spaces, hyphens left out or of another kind, and the letters that look like
    digits; with `prefix`, also that the prefix was left out. Raises `BadRef` for anything else,
    and for the ref of another kind than `prefix`.
    """
    if len(text) <= _LONGEST_INPUT:
        plain = unicodedata.normalize("NFKC", text).upper()
        plain = "".join(
            "-" if unicodedata.category(letter) == "Pd" else letter
            for letter in plain
            if not letter.isspace()
        )
        for candidate, symbols in _readings(plain, prefix):
            body = symbols.translate(_SLIPS)
            if _fits(candidate, body):
                return f"{candidate}-{body}"
    raise BadRef(f"“{text[:_LONGEST_INPUT]}” is not a reference: look for a slip of the pen.")


def next_refs(prefix: str, count: int = 1) -> list[str]:
    """`count` refs that were never given before, in one statement.

    A rolled-back transaction leaves its refs unused for good.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s) FROM generate_series(1, %s)", [_sequence(prefix), count])
        return [make_ref(prefix, number) for (number,) in cursor.fetchall()]


def RefSequence(prefix: str) -> RunSQL:  # noqa: N802 - reads as the operation that it makes
    """The migration operation that creates the sequence behind `next_refs(prefix)`."""
    name = _sequence(prefix)
    return RunSQL(f"CREATE SEQUENCE {name}", f"DROP SEQUENCE {name}")


def _sequence(prefix: str) -> str:
    if not _PREFIX.match(prefix):
        raise ValueError(f"{prefix!r} is not a ref's prefix: one to three capital letters.")
    return f"ref_{prefix.lower()}"


def _readings(plain: str, prefix: str | None) -> list[tuple[str, str]]:
    """The ways to read `plain` as a prefix and symbols, the likeliest first."""
    readings = []
    head, hyphen, rest = plain.partition("-")
    if hyphen:
        readings.append((head, rest.replace("-", "")))
    plain = plain.replace("-", "")
    if prefix is not None:
        readings += [(prefix, plain.removeprefix(prefix)), (prefix, plain)]
    elif not hyphen:
        readings += [(plain[:letters], plain[letters:]) for letters in (1, 2, 3)]
    return [
        (found, symbols)
        for found, symbols in readings
        if _PREFIX.match(found) and prefix in (None, found)
    ]


def _fits(prefix: str, symbols: str) -> bool:
    return (
        len(symbols) > SHORTEST_BODY
        and all(symbol in _VALUE for symbol in symbols)
        and _check(prefix, symbols[:-1]) == _VALUE[symbols[-1]]
    )


def _check(prefix: str, body: str) -> int:
    """The symbol value that brings the weighted sum to zero; its own weight is one."""
    total = 0
    for letter in prefix:
        total = _double(total) ^ (ord(letter) - ord("A") + 1)
    for symbol in body:
        total = _double(total ^ _VALUE[symbol])
    return total


def _double(value: int) -> int:
    """Times the generator x in GF(32), with x⁵ + x² + 1 (a primitive polynomial) as zero."""
    value <<= 1
    return value ^ 0b100101 if value & 32 else value


def _permute(number: int, bits: int) -> int:
    """A fixed one-to-one map of `bits`-bit numbers: odd products and shifted xors undo exactly."""
    mask = (1 << bits) - 1
    for multiplier in (0x1C6E_F372_FE95, 0x2545_F491_4F6D):
        number = (number * multiplier + 0x9E3779B9) & mask
        number ^= number >> (bits // 2)
    return number
