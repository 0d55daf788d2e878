"""PDF documents, looked through for what acts by itself.

# Note [Why no PDF library reads these]

A library tells what one reader makes of a file. A hostile file is one that readers understand
differently: broken tables that one repairs and another obeys, objects that only one of them finds.
So the bytes themselves are searched, wherever a reader may look for an object: in the file as it
stands, and in its object streams. A stream that can't be searched, for it is packed otherwise than
programs pack them, is refused. That takes one pass of a regular expression over what there is, and
what is unpacked has a limit; libraries follow references, and take as long as the file wants.
"""

import re
import zlib

from appeals.screening.refusals import ActiveDocument, BrokenFile, LockedDocument, OpaqueDocument

# What all object streams of one document may hold, unpacked.
MOST_UNPACKED = 20_000_000
_STEP = 1 << 16
# A reader looks for the end of a document here.
_TAIL = 2048
_REGULAR = rb"[^\x00\t\n\f\r ()<>\[\]{}/%]"


def _letters(text: str) -> bytes:
    """A pattern of `text` in a name, where each letter may be written as #xx."""
    return b"".join(
        rb"(?:%c|#%x%s)" % (letter, letter >> 4, _digit(letter & 15)) for letter in text.encode()
    )


def _digit(value: int) -> bytes:
    return b"%x" % value if value < 10 else b"[%x%X]" % (value, value)


def _any(*names: str) -> bytes:
    return rb"(?:" + b"|".join(_letters(each) for each in names) + rb")(?!" + _REGULAR + rb")"


_SPACE = rb"[\x00\t\n\f\r ]"

# Each begins with its slash, which is what makes a search of millions of bytes quick.
# The action that an object is stands behind /S. Elsewhere, as in the path of a link, the same
# letters follow others.
_ACTION = re.compile(
    rb"/(?=[JLSIGR#])(?:(?<=[\x00\t\n\f\r ()<>\[\]{}%]/)|(?<=/S/)|(?<=/#53/))"
    + _any("JavaScript", "Launch", "SubmitForm", "ImportData", "GoToE", "Rendition")
)
_KEY = re.compile(
    rb"/(?=[EFRX#])(?:"
    + _any("EmbeddedFile", "EmbeddedFiles", "FileAttachment", "RichMedia", "RichMediaContent")
    + (rb"|" + _any("XFA") + _SPACE + rb"*[\[\d<])")
)
_LOCK = re.compile(
    rb"/" + _any("Encrypt") + _SPACE + rb"*(?:\d+" + _SPACE + rb"+\d+" + _SPACE + rb"+R|<<)"
)
# An object stream, and what is one to readers that don't ask for its type: where its first object
# begins is a number, while the other use of this key is a reference.
_OBJECT_STREAM = re.compile(
    rb"/(?=[OF#])(?:"
    + _any("ObjStm")
    + (rb"|" + _any("First") + _SPACE + rb"*\+?\d+(?!\d)")
    + (rb"(?!" + _SPACE + rb"+\d+" + _SPACE + rb"+R))")
)
_BODY = re.compile(rb"stream\r?\n")
_DICTIONARY = re.compile(_SPACE + rb"*<<([^()%]*)>>" + _SPACE + rb"*\Z")
_LONGEST_DICTIONARY = 4096
_PACKED = re.compile(
    (rb"/Filter" + _SPACE + rb"*\[?" + _SPACE + rb"*/FlateDecode(?!" + _REGULAR + rb")")
    + (rb"(?!" + _SPACE + rb"*/[A-Za-z0-9]+Decode)")
)
_ODDLY = re.compile(
    rb"#|/(?:Filter|F|FFilter|DecodeParms|FDecodeParms|DP|Crypt|Predictor)(?!" + _REGULAR + rb")"
)


def check_document(data: bytes) -> None:
    """Raise what is wrong with a PDF: cut short, locked, active, or not to be looked into."""
    tail = data[-_TAIL:]
    if b"%%EOF" not in tail or b"startxref" not in tail:
        raise BrokenFile
    if _LOCK.search(data):
        raise LockedDocument
    _refuse_active(data)
    left = MOST_UNPACKED
    body = None
    for found in _OBJECT_STREAM.finditer(data):
        if body and body.start() >= found.end():
            continue
        body = _BODY.search(data, found.end())
        if body is None:
            raise OpaqueDocument
        left -= _look_into(data, found, body, left)


def _refuse_active(data: bytes) -> None:
    if _ACTION.search(data) or _KEY.search(data):
        raise ActiveDocument


def _look_into(data: bytes, found: re.Match[bytes], body: re.Match[bytes], left: int) -> int:
    """Search the object stream that was `found`, and say how many bytes were unpacked."""
    begin = data.rfind(b"obj", 0, body.start())
    # What begins only after it belongs to another object: readers may see a body before.
    if not 0 <= begin < found.start() or body.start() - begin > _LONGEST_DICTIONARY:
        raise OpaqueDocument
    dictionary = _DICTIONARY.match(data, begin + 3, body.start())
    if dictionary is None:
        raise OpaqueDocument
    words = dictionary[1]
    unfiltered = _PACKED.sub(b"", words, count=1)
    if _ODDLY.search(unfiltered):
        raise OpaqueDocument
    if unfiltered == words:
        # As it stands in the file, where it was searched already.
        return 0
    unpacked = _unpacked(data, body.end(), left)
    _refuse_active(unpacked)
    return len(unpacked)


def _unpacked(data: bytes, place: int, most: int) -> bytes:
    unpacking = zlib.decompressobj()
    unpacked = b""
    # In steps, for what follows the stream is copied whenever one has been unpacked to its end.
    while not unpacking.eof and place < len(data):
        step = unpacking.unconsumed_tail + data[place : place + _STEP]
        place += _STEP
        try:
            unpacked += unpacking.decompress(step, max(1, most - len(unpacked)))
        except zlib.error:
            raise OpaqueDocument from None
        if len(unpacked) >= most:
            raise OpaqueDocument
    if not unpacking.eof:
        raise OpaqueDocument
    return unpacked
