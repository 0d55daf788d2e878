"""The words of a web page, as it comes in mail, without its tags.

# Note [Why pages are read by hand]

Python's own reader of HTML starts anew behind each tag that is not closed, so that a page of a
hundred kilobytes made for it keeps it busy for minutes. Here each letter is looked at once or
twice, whatever it says. Nothing is fetched, nothing is run, and what remains is text.
"""

import html
import re
from collections.abc import Iterator

LONGEST_PAGE = 500_000

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,30})")
# What is in these was never meant to be read.
_UNREAD = {
    name: re.compile(f"</{name}", re.IGNORECASE)
    for name in ("script", "style", "head", "title", "template", "object", "svg", "math")
}
_BLOCKS = {
    *("p", "div", "li", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "hr"),
    *("blockquote", "pre", "section", "article", "header", "footer", "dt", "dd"),
}
_DEEPEST_QUOTE = 5
_SPACE = re.compile(r"[ \t\r\n\f\v\xa0]+")
_EMPTY_LINES = re.compile(r"\n{3,}")
# A number no letter has. Python refuses to read one of thousands of digits.
_ENDLESS_NUMBER = re.compile(r"&#[xX]?[0-9a-fA-F]{9,};?")


def words_of(page: str) -> str:
    """What a person would read of `page`, lines where it has lines; quotations begin with `>`."""
    lines = [""]
    quoted = 0

    def begin_line() -> None:
        lines.append("> " * quoted)

    for text, closing, tag in _pieces(page[:LONGEST_PAGE]):
        if text:
            text = html.unescape(_ENDLESS_NUMBER.sub("\ufffd", text))
            text = _SPACE.sub(" ", text)
            lines[-1] += text.lstrip(" ") if lines[-1][-1:] in ("", " ") else text
        if tag == "br":
            begin_line()
        elif tag in _BLOCKS:
            if tag == "blockquote":
                quoted = max(0, quoted - 1) if closing else min(_DEEPEST_QUOTE, quoted + 1)
            if tag == "p" or lines[-1].strip("> "):
                begin_line()
            else:
                lines[-1] = "> " * quoted
        elif closing and tag in ("td", "th"):
            lines[-1] += " "
    return _EMPTY_LINES.sub("\n\n", "\n".join(line.rstrip() for line in lines)).strip()


def _pieces(page: str) -> Iterator[tuple[str, bool, str]]:
    """Each tag's name in small letters and whether it closes, with the text before it."""
    place = 0
    text: list[str] = []
    never_closed: set[str] = set()
    while place < len(page):
        begin = page.find("<", place)
        if begin == -1:
            break
        text.append(page[place:begin])
        if page.startswith("<!--", begin):
            place = _behind(page, "-->", begin + 4)
        elif page.startswith(("<!", "<?"), begin):
            place = _behind(page, ">", begin)
        elif tag := _TAG.match(page, begin):
            place = _behind(page, ">", tag.end())
            name, closing = tag[2].lower(), bool(tag[1])
            if name in _UNREAD and not closing and name not in never_closed:
                end = _UNREAD[name].search(page, place)
                if end is None:
                    never_closed.add(name)
                else:
                    place = end.start()
            yield "".join(text), closing, name
            text = []
        else:
            text.append("<")
            place = begin + 1
    yield "".join([*text, page[place:]]), False, ""


def _behind(page: str, end: str, place: int) -> int:
    found = page.find(end, place)
    return len(page) if found == -1 else found + len(end)
