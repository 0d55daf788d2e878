import unicodedata

_LAYOUT = "\t\n\r"


def clean_text(value: object, *, max_length: int) -> str:
    """`value` itself, if it is text that every later reader can hold.

    Raises `ValueError` with a sentence for the sender: not text, longer than `max_length`
    characters, a NUL, half a surrogate pair, or another control character than tab and newline.
    """
    if not isinstance(value, str):
        raise ValueError("Must be text.")
    if len(value) > max_length:
        raise ValueError(f"Is {len(value):,} characters long; {max_length:,} are allowed.")
    if value.isprintable():
        return value
    for position, letter in enumerate(value, start=1):
        if letter == "\0":
            raise ValueError(f"Holds a NUL character at position {position}.")
        if "\ud800" <= letter <= "\udfff":
            raise ValueError(f"Holds half of a surrogate pair at position {position}.")
        if unicodedata.category(letter) == "Cc" and letter not in _LAYOUT:
            raise ValueError(
                f"Holds the control character U+{ord(letter):04X} at position {position}."
            )
    return value
