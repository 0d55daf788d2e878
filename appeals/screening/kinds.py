"""What a file is, by its content alone: neither its name nor what was said of it counts."""

import codecs
import re
from enum import StrEnum

from appeals.screening.refusals import (
    ArchiveFile,
    FileRefused,
    HiddenFile,
    OfficeFile,
    ProgramFile,
    ScriptFile,
    UnknownFile,
    WebPageFile,
)


class Kind(StrEnum):
    """The kinds of files that are kept, each with the media type that it is."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    PDF = "application/pdf"
    TEXT = "text/plain"
    MAIL = "message/rfc822"

    @property
    def extension(self) -> str:
        return _EXTENSIONS[self]

    @property
    def is_picture(self) -> bool:
        return self in (Kind.JPEG, Kind.PNG, Kind.WEBP)


_EXTENSIONS = {
    Kind.JPEG: "jpg",
    Kind.PNG: "png",
    Kind.WEBP: "webp",
    Kind.PDF: "pdf",
    Kind.TEXT: "txt",
    Kind.MAIL: "eml",
}

# How far a reader of web pages looks to find out that something is one.
_FIRST = 1024
_WEB_PAGE = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|script|iframe|svg|object|embed|img|meta|title|a\s+href)"
    rb"[\s>/]|<\?xml[\s?]",
    re.IGNORECASE,
)
_ACTIVE_ANYWHERE = re.compile(rb"<script[\s>]|<\?php\b", re.IGNORECASE)
# An archive is found from its end, by this record and a comment of at most 64 kilobytes.
_ARCHIVE_END, _ARCHIVE_TAIL = b"PK\x05\x06", (1 << 16) + 22
_ARCHIVE_ENTRY = b"PK\x03\x04"
_PDF = b"%PDF-"

_OFFICE_ENTRIES = re.compile(rb"\[Content_Types\]\.xml|mimetypeapplication/vnd\.oasis|_rels/\.rels")

# What binary files begin with, and what their senders are told.
_BEGINNINGS: list[tuple[bytes, type[FileRefused]]] = [
    (b"MZ", ProgramFile),
    (b"\x7fELF", ProgramFile),
    (b"\xfe\xed\xfa\xce", ProgramFile),
    (b"\xfe\xed\xfa\xcf", ProgramFile),
    (b"\xce\xfa\xed\xfe", ProgramFile),
    (b"\xcf\xfa\xed\xfe", ProgramFile),
    (b"\xca\xfe\xba\xbe", ProgramFile),
    (b"dex\n", ProgramFile),
    (b"\0asm", ProgramFile),
    (b"L\0\0\0\x01\x14\x02\0", ProgramFile),
    (b"PK\x05\x06", ArchiveFile),
    (b"PK\x07\x08", ArchiveFile),
    (b"Rar!\x1a\x07", ArchiveFile),
    (b"7z\xbc\xaf\x27\x1c", ArchiveFile),
    (b"\x1f\x8b", ArchiveFile),
    (b"\x1f\x9d", ArchiveFile),
    (b"BZh", ArchiveFile),
    (b"\xfd7zXZ\0", ArchiveFile),
    (b"\x28\xb5\x2f\xfd", ArchiveFile),
    (b"\x04\x22\x4d\x18", ArchiveFile),
    (b"MSCF\0\0\0\0", ArchiveFile),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OfficeFile),
]
# What text begins with that some program obeys.
_COMMANDS = re.compile(
    r"#!|@echo\b|<\?php\b|<%|<\?xml[^>]*\?>\s*<package\b|windows registry editor|regedit4|"
    r"\[internetshortcut\]|\[desktop entry\]|\[autorun\]|%!ps|"
    r"x5o!p%@ap\[4\\pzx54\(p\^\)7cc\)7\}\$eicar",
    re.IGNORECASE,
)
_RICH_TEXT = "{\\rtf"
_MAIL_FIELD = re.compile(
    rb"(?:From |(?:Return-Path|Received|Delivered-To|From|To|Subject|Date|Message-ID|MIME-Version|"
    rb"Content-Type|Reply-To|X-[\w-]+|DKIM-Signature|Authentication-Results)[ \t]*:)",
    re.IGNORECASE,
)
# The controls that plain text may hold: layout.
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")


def kind_of(data: bytes) -> Kind:
    """The kind of file that `data` claims to be by how it begins.

    Raises a FileRefused that says what else it is. Whether it is whole, and only that, is asked of
    its kind.
    """
    if data.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Kind.WEBP
    # Some programs write a blank line or a byte order mark first.
    if data.removeprefix(codecs.BOM_UTF8).lstrip(b" \t\r\n").startswith(_PDF):
        return Kind.PDF
    text = plain_text(data)
    if text is not None:
        return _kind_of_text(data, text)
    if is_mail(data):
        return Kind.MAIL
    raise _what_else(data)


def plain_text(data: bytes) -> str | None:
    """`data` read as UTF-8, or as UTF-16 that says so; None where it is something else."""
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if _CONTROLS.search(text) else text


def is_mail(data: bytes) -> bool:
    """Whether `data` begins as an e-mail does: with two or more of the usual header fields."""
    fields = 0
    for line in data[:4096].split(b"\n")[:40]:
        if not line.strip():
            break
        if line[:1] in b" \t":
            continue
        if not _MAIL_FIELD.match(line):
            return fields >= 3
        fields += 1
    return fields >= 2


def refuse_second_file(data: bytes, kind: Kind) -> None:
    """Raise HiddenFile where another program would take `data` for a file of another kind.

    Looks for what such programs look for: a PDF's heading, an archive's directory at the end, a
    web page's tags at the beginning, scripts.
    """
    in_wait = (
        (kind.is_picture and _PDF in data)
        or (kind in (Kind.TEXT, Kind.MAIL) and _PDF in data[:_FIRST])
        or _ARCHIVE_END in data[-_ARCHIVE_TAIL:]
        or (kind is not Kind.MAIL and _WEB_PAGE.search(data[:_FIRST]))
        or (kind.is_picture and _ACTIVE_ANYWHERE.search(data))
    )
    if in_wait:
        raise HiddenFile


def _kind_of_text(data: bytes, text: str) -> Kind:
    beginning = text[:_FIRST].lstrip("\ufeff \t\r\n")
    if _COMMANDS.match(beginning):
        raise ScriptFile
    if beginning.startswith(_RICH_TEXT):
        raise OfficeFile
    if is_mail(data):
        return Kind.MAIL
    if _WEB_PAGE.search(beginning.encode()):
        raise WebPageFile
    return Kind.TEXT


def _what_else(data: bytes) -> FileRefused:
    if data.startswith(_ARCHIVE_ENTRY):
        return OfficeFile() if _OFFICE_ENTRIES.search(data[:4096]) else ArchiveFile()
    if data[257:262] == b"ustar":
        return ArchiveFile()
    if _WEB_PAGE.search(data[:_FIRST]):
        return WebPageFile()
    for beginning, refusal in _BEGINNINGS:
        if data.startswith(beginning):
            return refusal()
    return UnknownFile()
