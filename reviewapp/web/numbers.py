"""Numbers in what an address or a form says."""

_MOST_DIGITS = 9


def whole_number(text: str) -> int | None:
    """The number that `text` writes in plain digits; None where it writes none of a usable size.

    Nine digits at most: what fits every column, and what Python reads without a second thought.
    """
    usable = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if usable else None
