"""What a person wrote, made fit to be kept and shown without changing what they said.

# Note [What is taken out of a text]

Whoever reads a text sees letters; a text can hold more than that. Marks that turn the direction
show words in another order than they stand in; letters without width and fillers make two texts
look alike that differ, or hide a message between the letters. They go. What the same characters
do for honest reasons stays: joiners shape letters in Hindi, Persian and their likes, and glue a
family of emoji together; selectors choose between a sign and its emoji; tags make the flag of
Scotland. Each stays where it does that, and only there. Control characters other than layout come
from no keyboard: a text that holds one is given back.
"""

import re
import unicodedata

from reviewapp.kernel.refusals import Refused

LONGEST_TEXT = 5_000
# Beyond this nothing is looked at: taking out what isn't seen can't bring it under the limit.
_LONGEST_LOOKED_AT = 4 * LONGEST_TEXT

_NON_JOINER, _JOINER = "\u200c", "\u200d"
_JOINERS = {_JOINER, _NON_JOINER}
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_CONTROL = re.compile("[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
# Letters that show nothing although they are no format characters: fillers, and a blank pattern.
_FILLER = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\U0001d173-\U0001d17a]")
_SELECTOR = re.compile("[\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_EMOJI_SELECTORS = "\ufe0e\ufe0f"
# What may stand between an emoji and the joiner behind it.
_DRESSING = {*_EMOJI_SELECTORS, *"\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"}
_KEYCAPS = {*"0123456789#*"}
_TAG_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
# Signs that Unicode counts as format characters, and that are seen all the same.
_SEEN_FORMATS = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd]")
# Scripts whose letters take another shape beside a joiner.
_JOINING = {
    *("ARABIC", "SYRIAC", "MANDAIC", "NKO", "MONGOLIAN", "ADLAM", "HANIFI", "SOGDIAN"),
    *("DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA", "TAMIL", "TELUGU", "KANNADA"),
    *("MALAYALAM", "SINHALA", "MYANMAR", "KHMER", "TIBETAN", "BALINESE", "JAVANESE", "MEETEI"),
}
_VIRAMA = 9
# No writing puts as many on one letter.
_MOST_ACCENTS = 10


class TextRefused(Refused):
    """This text can't be taken."""


class EmptyText(TextRefused):
    """Write what you want to tell us."""


class InvisibleText(TextRefused):
    """This text holds nothing that can be seen. Write it again."""


class TextTooLong(TextRefused):
    """This text is longer than 5,000 characters. Say the most important things first."""


class UnreadableText(TextRefused):
    """This text holds characters that can't be shown. Type it again, rather than pasting it."""


def clean(text: str) -> str:
    """`text` as it is kept: see Note [What is taken out of a text].

    Raises a TextRefused whose `code` says why and whose words suit the person.
    """
    if not text or text.isspace():
        raise EmptyText
    if len(text) > _LONGEST_LOOKED_AT:
        raise TextTooLong
    if _CONTROL.search(text):
        raise UnreadableText
    cleaned = legible(text)
    if not cleaned:
        raise InvisibleText
    if len(cleaned) > LONGEST_TEXT:
        raise TextTooLong
    return cleaned


def legible(text: str) -> str:
    """`text` without what isn't seen, whatever it holds: for what came by itself, as mail does."""
    text = _CONTROL.sub("", _LINE_ENDS.sub("\n", text))
    if not text.isprintable() or _FILLER.search(text) or _SELECTOR.search(text):
        # What never shapes a letter first, so that it stands between none of those that do.
        text = _without_idle(_composed(_without_hidden(text)))
    return _composed(text).strip()


def _composed(text: str) -> str:
    """`text` in the normal form C, its heaps of accents cut: composing them takes long."""
    if text.isascii():
        return text
    accents = 0
    kept = []
    for letter in text:
        accents = accents + 1 if unicodedata.combining(letter) else 0
        if accents <= _MOST_ACCENTS:
            kept.append(letter)
    return unicodedata.normalize("NFC", "".join(kept))


def _without_hidden(text: str) -> str:
    """Without the marks, fillers and tags that shape nothing wherever they stand."""
    flags = {place for found in _TAG_FLAG.finditer(text) for place in range(*found.span())}
    return "".join(
        letter
        for place, letter in enumerate(text)
        if letter in _JOINERS
        or _SELECTOR.match(letter)
        or place in flags
        or _SEEN_FORMATS.match(letter)
        or not (unicodedata.category(letter) == "Cf" or _FILLER.match(letter))
    )


def _without_idle(text: str) -> str:
    """Without the joiners and selectors that have nothing to shape where they stand."""
    seen: list[str] = []
    for place, letter in enumerate(text):
        if letter in _JOINERS:
            keep = _joins(letter, seen, text[place + 1 : place + 2])
        elif _SELECTOR.match(letter):
            keep = _selects(letter, seen[-1] if seen else "")
        else:
            keep = True
        if keep:
            seen.append(letter)
    return "".join(seen)


def _joins(joiner: str, seen: list[str], after: str) -> bool:
    """Whether a joiner behind `seen` changes how letters or emoji look."""
    before = seen[-1] if seen else ""
    if joiner == _JOINER and _ends_in_emoji(seen) and _is_sign(after):
        return True
    script = _script(before)
    if script not in _JOINING:
        return False
    # A half letter may end a word, and so may a letter that is named rather than used.
    return joiner == _JOINER or unicodedata.combining(before) == _VIRAMA or _script(after) == script


def _selects(selector: str, before: str) -> bool:
    """Whether `selector` has a variant of the letter `before` it to choose."""
    if selector in _EMOJI_SELECTORS:
        return _is_sign(before) or before in _KEYCAPS
    return _script(before) == ("CJK" if selector > "\uffff" else "MONGOLIAN")


def _ends_in_emoji(seen: list[str]) -> bool:
    return _is_sign(next((each for each in reversed(seen[-3:]) if each not in _DRESSING), ""))


def _is_sign(letter: str) -> bool:
    return letter > "\x7f" and unicodedata.category(letter) in ("So", "Sk", "Sm", "Po")


def _script(letter: str) -> str:
    """The script of a letter or its mark, by the first word of its name; empty for others."""
    if not letter or unicodedata.category(letter)[0] not in "LM":
        return ""
    return unicodedata.name(letter, "").partition(" ")[0]
