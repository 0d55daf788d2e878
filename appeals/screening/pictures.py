"""Pictures, walked through by their structure and never decoded.

# Note [Why pictures are not decoded]

Decoding is what decompression bombs and the errors of decoders wait for, and a picture is only
kept here, to be looked at elsewhere. Its own structure says how large it would be, whether its
end has come, and where that is: so three short walks are what a stranger's bytes meet, in time
that grows with their number only.
"""

import zlib
from collections.abc import Iterator

from appeals.screening.kinds import Kind
from appeals.screening.refusals import BrokenFile, HiddenFile, PictureTooLarge

# Whoever shows a picture needs four bytes a pixel. Phones take pictures of 12 to 50 million.
MOST_PIXELS = 100_000_000
LONGEST_SIDE = 30_000

_PNG_CHUNKS = 100_000
_JPEG_SEGMENTS = 10_000
# Those that say how large the picture is, without the two that define tables.
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
# Markers that stand alone: restarts, the beginning, and one without meaning.
_ALONE = {0x01, *range(0xD0, 0xD9)}
_SCAN, _END = 0xDA, 0xD9
# What must not follow a picture: something that starts by itself, or opens.
_FOLLOWERS = (
    b"PK\x03\x04",
    b"%PDF-",
    b"Rar!\x1a\x07",
    b"7z\xbc\xaf\x27\x1c",
    b"\x7fELF",
    b"MZ\x90\0",
)


def check_picture(data: bytes, kind: Kind) -> tuple[int, int]:
    """The width and height of a whole picture of `kind`.

    Raises BrokenFile where it is cut short or makes no sense, PictureTooLarge where showing it
    would take too much, HiddenFile where something that isn't part of it follows.
    """
    walk = {Kind.JPEG: _jpeg, Kind.PNG: _png, Kind.WEBP: _webp}[kind]
    try:
        width, height, end = walk(data)
    except IndexError:
        raise BrokenFile from None
    if not width or not height:
        raise BrokenFile
    if max(width, height) > LONGEST_SIDE or width * height > MOST_PIXELS:
        raise PictureTooLarge
    # Phones put a second, smaller picture or a moving one behind: that is no harm.
    if any(data.find(each, end) != -1 for each in _FOLLOWERS):
        raise HiddenFile
    return width, height


def _png(data: bytes) -> tuple[int, int, int]:
    size = None
    place = 8
    for _ in range(_PNG_CHUNKS):
        length = _number(data, place, 4)
        kind = data[place + 4 : place + 8]
        body_end = place + 8 + length
        if zlib.crc32(data[place + 4 : body_end]) != _number(data, body_end, 4):
            raise BrokenFile
        if size is None:
            if kind != b"IHDR" or length != 13:
                raise BrokenFile
            size = _number(data, place + 8, 4), _number(data, place + 12, 4)
        place = body_end + 4
        if kind == b"IEND":
            return *size, place
    raise BrokenFile


def _jpeg(data: bytes) -> tuple[int, int, int]:
    size = None
    place = 2
    for _ in range(_JPEG_SEGMENTS):
        if data[place] != 0xFF:
            raise BrokenFile
        while data[place] == 0xFF:
            place += 1
        marker = data[place]
        place += 1
        if marker == _END:
            if size is None:
                raise BrokenFile
            return *size, place
        if marker in _ALONE:
            continue
        length = _number(data, place, 2)
        if length < 2:
            raise BrokenFile
        if marker in _FRAMES:
            found = _number(data, place + 5, 2), _number(data, place + 3, 2)
            # Two different sizes mean two readers may see two pictures.
            if size not in (None, found):
                raise BrokenFile
            size = found
        place += length
        if marker == _SCAN:
            place = _after_scan(data, place)
    raise BrokenFile


def _after_scan(data: bytes, place: int) -> int:
    """Where the coded picture that begins at `place` ends: at a marker that isn't part of it."""
    while True:
        place = data.find(b"\xff", place)
        if place == -1:
            raise BrokenFile
        follows = data[place + 1]
        if follows == 0xFF:
            place += 1
        elif follows == 0 or 0xD0 <= follows <= 0xD7:
            place += 2
        else:
            return place


def _webp(data: bytes) -> tuple[int, int, int]:
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        raise BrokenFile
    pictures, canvases = [], []
    for kind, start, length in _riff_chunks(data, end):
        if kind == b"VP8X":
            canvases.append((1 + _little(data, start + 4, 3), 1 + _little(data, start + 7, 3)))
        elif kind == b"ANMF":
            pictures.append((1 + _little(data, start + 6, 3), 1 + _little(data, start + 9, 3)))
        elif kind == b"VP8 ":
            if data[start + 3 : start + 6] != b"\x9d\x01\x2a" or length < 10:
                raise BrokenFile
            sides = _little(data, start + 6, 2), _little(data, start + 8, 2)
            pictures.append((sides[0] & 0x3FFF, sides[1] & 0x3FFF))
        elif kind == b"VP8L":
            if data[start] != 0x2F or length < 5:
                raise BrokenFile
            bits = _little(data, start + 1, 4)
            pictures.append((1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)))
    if not pictures:
        raise BrokenFile
    widths, heights = zip(*pictures, *canvases, strict=True)
    return max(widths), max(heights), end


def _riff_chunks(data: bytes, end: int) -> Iterator[tuple[bytes, int, int]]:
    place = 12
    while place + 8 <= end:
        length = _little(data, place + 4, 4)
        if place + 8 + length > end:
            raise BrokenFile
        yield data[place : place + 4], place + 8, length
        place += 8 + length + length % 2


def _number(data: bytes, place: int, width: int) -> int:
    """The big-endian number at `place`; IndexError where the file ends before it does."""
    if place + width > len(data):
        raise IndexError
    return int.from_bytes(data[place : place + width], "big")


def _little(data: bytes, place: int, width: int) -> int:
    if place + width > len(data):
        raise IndexError
    return int.from_bytes(data[place : place + width], "little")
