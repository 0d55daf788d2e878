"""Which texts are nearly the same, found without reading what is kept sealed.

# Note [How likeness is found]

What is compared is the set of three-letter pieces of a text, folded: without capitals, stops and
digits that differ, for a flood changes the name and the number and little else. Of two sets, the
share that both have is how alike the texts are.

A text is stored sealed. Beside it stand 64 numbers, each the smallest of one keyed hash over all
pieces: two texts have as many of these in common as they are alike, and without the key the
numbers say nothing, not even whether a guessed text is the one. Four at a time they make 16 bands,
and an index finds the texts that share a band. Such a candidate is then unsealed and compared for
certain.

PostgreSQL's pg_trgm is not asked: it takes letters from the database's locale, and where that is C,
as on a machine set up by this program, it finds no letter in Hindi and calls any two texts unlike.

# Note [Where alike begins]

Measured on thirty texts of appeals in English, Hindi, Portuguese and Spanish, each copied thirty
times as floods do: other names and numbers, greetings, a slip in every 25th word, sentences left
out or moved. Of two copies of one text, half are more than 0.81 alike, nine in ten more than 0.59,
99 in 100 more than 0.41. Of two people's texts about their own matters in one language, half are
less than 0.13 alike, and none more than 0.26. So 0.45 lies where hardly any of either is: 98 in 100
pairs of copies are beyond it. They share a band for 99 in 100 pairs that are 0.7 alike and for four
in five at 0.5; two people's texts do for one pair in sixty. A copy that misses another meets the
rest of its flood. Tests measure it again.
"""

import re
import struct
import unicodedata
from collections.abc import Sequence
from hashlib import blake2b

from reviewapp.kernel.encryption import derived_key

# See Note [Where alike begins].
ALIKE = 0.45

POSITIONS = 64
BANDS = 16
_ROWS = POSITIONS // BANDS
_PIECE = 3
# Each hash of 64 bytes is cut into 16 numbers.
_NUMBERS = struct.Struct("<16I")
_DIGITS = re.compile(r"\d+")


def signature(text: str) -> list[int]:
    """64 numbers by which the like of `text` is found; none where it has no letter or digit."""
    pieces = sorted(_pieces(text))
    if not pieces:
        return []
    key = derived_key("text likeness")
    smallest: list[int] = []
    for part in range(POSITIONS // 16):
        keyed = blake2b(key=key, digest_size=_NUMBERS.size, salt=bytes([part]))
        hashed = []
        for piece in pieces:
            of_piece = keyed.copy()
            of_piece.update(piece.encode())
            hashed.append(_NUMBERS.unpack(of_piece.digest()))
        smallest += map(min, zip(*hashed, strict=True))
    return smallest


def bands(signature: Sequence[int]) -> list[int]:
    """16 numbers for an index, each of 64 bits with a sign: texts that share one may be alike."""
    return [
        int.from_bytes(
            blake2b(
                struct.pack(f"<B{_ROWS}I", band, *signature[band * _ROWS : (band + 1) * _ROWS]),
                digest_size=8,
            ).digest(),
            "big",
            signed=True,
        )
        for band in range(BANDS if signature else 0)
    ]


def similar(one: Sequence[int], other: Sequence[int]) -> float:
    """Roughly how alike the texts of two signatures are, between 0 and 1, give or take 0.1."""
    if not one or not other:
        return 0.0
    return sum(mine == yours for mine, yours in zip(one, other, strict=True)) / POSITIONS


def confirm(text: str, texts: Sequence[str]) -> list[float]:
    """How alike `text` is to each of `texts`, exactly, between 0 and 1."""
    pieces = _pieces(text)
    return [_shared(pieces, _pieces(each)) for each in texts]


def _shared(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0


def _pieces(text: str) -> set[str]:
    folded = _folded(text)
    if not folded:
        return set()
    padded = f" {folded} "
    return {padded[place : place + _PIECE] for place in range(len(padded) - _PIECE + 1)}


def _folded(text: str) -> str:
    """The words of `text` as they are compared: letters with their marks, any number as 0."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    # Joiners and hidden marks go before anything is told apart by them.
    plain = "".join(letter for letter in plain if unicodedata.category(letter) != "Cf")
    spaced = (letter if unicodedata.category(letter)[0] in "LMN" else " " for letter in plain)
    return " ".join(_DIGITS.sub("0", "".join(spaced)).split())
