"""Files as strangers send them, good ones and hostile ones, each made when it is asked for."""

import io
import zlib
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from PIL import Image
from pypdf import PdfWriter
from pypdf.actions import JavaScript

from appeals.screening import FileRefused, Screened, screen


def picture(
    kind: str, size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: Any
) -> bytes:
    """A picture with some detail, written by the library that writes half the world's."""
    image = Image.linear_gradient("L").resize(size).convert(mode)
    return _saved(image, kind, **options)


def _saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png_of_size(width: int, height: int) -> bytes:
    """A few bytes that say they are `width` by `height`."""
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0"
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", head)
        + png_chunk(b"IDAT", zlib.compress(bytes(64)))
        + png_chunk(b"IEND", b"")
    )


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


def pdf_by_library(
    *, password: str = "", script: str = "", attached: bytes = b"", pages: int = 1
) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    if script:
        writer.add_open_action(JavaScript(script))
    if attached:
        writer.add_attachment("inner.txt", attached)
    if password:
        writer.encrypt(password)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A document of a blank page and `objects`, its tables as a reader wants them."""
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
        *objects,
    ]
    written = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
    places = []
    for number, body in enumerate(bodies, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(bodies) + 1
    return written + (
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<</Size %d/Root 1 0 R%b>>\n"
        b"startxref\n%d\n%%%%EOF\n" % (count, table, count, trailer, len(written))
    )


def stream(body: bytes, words: bytes = b"") -> bytes:
    return b"<<%b/Length %d>>\nstream\n%b\nendstream" % (words, len(body), body)


def object_stream(inner: bytes, words: bytes = b"/Type/ObjStm/N 1/First 5") -> bytes:
    """`inner` as the only object of an object stream, packed as programs do."""
    return stream(zlib.compress(b"10 0 " + inner), words + b"/Filter/FlateDecode")


def archive(
    name: str = "inner.txt", body: bytes = b"inner", compression: int = ZIP_DEFLATED
) -> bytes:
    file = io.BytesIO()
    with ZipFile(file, "w", compression) as packed:
        packed.writestr(name, body)
    return file.getvalue()


def office_document() -> bytes:
    return archive("[Content_Types].xml", b"<Types/>")


def program() -> bytes:
    return b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff" + bytes(60) + b"PE\0\0"


def kept(data: bytes, name: str = "a file", **asked: bool) -> Screened:
    return screen(name, io.BytesIO(data), **asked)


def refusal(data: bytes, **asked: bool) -> str:
    with pytest.raises(FileRefused) as caught:
        kept(data, **asked)
    return caught.value.code
