import gzip
import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appeals import screening
from appeals.screening import FileRefused, Kind, screen
from tests.appeals.screening import files
from tests.appeals.screening.files import archive, kept, pdf, picture, refusal

GOOD = {
    "jpeg": (Kind.JPEG, lambda: picture("JPEG")),
    "progressive": (Kind.JPEG, lambda: picture("JPEG", progressive=True, quality=95)),
    "grey": (Kind.JPEG, lambda: picture("JPEG", mode="L")),
    "restarts": (Kind.JPEG, lambda: picture("JPEG", (300, 300), restart_marker_rows=1)),
    "png": (Kind.PNG, lambda: picture("PNG")),
    "palette": (Kind.PNG, lambda: picture("PNG", mode="P")),
    "clear": (Kind.PNG, lambda: picture("PNG", mode="RGBA")),
    "webp": (Kind.WEBP, lambda: picture("WEBP")),
    "lossless": (Kind.WEBP, lambda: picture("WEBP", lossless=True)),
    "webp with profile": (Kind.WEBP, lambda: picture("WEBP", mode="RGBA", exif=b"Exif\0\0II*\0")),
    "pdf": (Kind.PDF, files.pdf_by_library),
    "pdf of objects": (Kind.PDF, lambda: pdf(files.object_stream(b"<</Type/Font>>"))),
    "text": (Kind.TEXT, lambda: b"I only wrote to my customers.\r\n"),
    "hindi": (Kind.TEXT, lambda: "मेरा खाता क्यों बंद है?".encode()),
    "marked": (Kind.TEXT, lambda: "Olá 🙂".encode("utf-8-sig")),
    "wide": (Kind.TEXT, lambda: "मेरा खाता".encode("utf-16")),
}


ELSE = {
    "nothing": ("empty-file", lambda: b""),
    "spaces": ("empty-file", lambda: b" \r\n\t "),
    "a mark alone": ("empty-file", lambda: b"\xef\xbb\xbf"),
    "windows": ("program-file", files.program),
    "linux": ("program-file", lambda: b"\x7fELF\x02\x01\x01\0" + bytes(20)),
    "java": ("program-file", lambda: b"\xca\xfe\xba\xbe\0\0\0\x34"),
    "shell": ("script-file", lambda: b"#!/bin/sh\nrm -rf /\n"),
    "shell, marked": ("script-file", lambda: b"\xef\xbb\xbf\n#!/bin/sh\n"),
    "shell, wide": ("script-file", lambda: "#!/bin/sh\n".encode("utf-16")),
    "batch": ("script-file", lambda: b"@ECHO OFF\r\nformat c:\r\n"),
    "php": ("script-file", lambda: b"<?php system($_GET['c']);"),
    "registry": ("script-file", lambda: "Windows Registry Editor Version 5".encode("utf-16")),
    "page": ("web-page-file", lambda: b"<html><body>"),
    "page of a kind": ("web-page-file", lambda: b"  <!DOCTYPE html>"),
    "page, late": ("web-page-file", lambda: b"nothing" + b" " * 900 + b"<SCRIPT>alert(1)</SCRIPT>"),
    "page, wide": ("web-page-file", lambda: "<html>".encode("utf-16")),
    "page, narrow": ("web-page-file", lambda: b"caf\xe9 <html>"),
    "drawing": ("web-page-file", lambda: b"<svg xmlns='x' onload='alert(1)'/>"),
    "drawing, declared": ("web-page-file", lambda: b"<?xml version='1.0'?><svg/>"),
    "zip": ("archive-file", archive),
    "zip bomb": ("archive-file", lambda: archive(body=bytes(50_000_000))),
    "gzip": ("archive-file", lambda: gzip.compress(b"inner")),
    "rar": ("archive-file", lambda: b"Rar!\x1a\x07\x01\0" + bytes(20)),
    "7z": ("archive-file", lambda: b"7z\xbc\xaf\x27\x1c" + bytes(20)),
    "tar": ("archive-file", lambda: bytes(257) + b"ustar\0" + bytes(250)),
    "docx": ("office-file", files.office_document),
    "doc": ("office-file", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)),
    "rtf": ("office-file", lambda: rb"{\rtf1\ansi hello}"),
    "gif": ("unknown-file", lambda: b"GIF89a" + bytes(30)),
    "heic": ("unknown-file", lambda: b"\0\0\0\x18ftypheic" + bytes(30)),
    "latin text": ("unknown-file", lambda: b"caf\xe9"),
    "text with nul": ("unknown-file", lambda: b"text with \0"),
    "text with escape": ("unknown-file", lambda: b"text with \x1b[2J"),
}
TWO_IN_ONE = {
    "jpeg, pdf": lambda: picture("JPEG") + pdf(),
    "png, zip": lambda: picture("PNG") + archive(),
    "webp, zip": lambda: picture("WEBP") + archive(),
    "jpeg, rar": lambda: picture("JPEG") + b"Rar!\x1a\x07\0",
    "png, program": lambda: picture("PNG") + files.program(),
    "jpeg around pdf": lambda: picture("JPEG", comment=b"%PDF-1.4"),
    "jpeg around script": lambda: picture("JPEG", comment=b"<script>alert(1)</script>"),
    "jpeg around page": lambda: picture("JPEG", comment=b"<html>"),
    "jpeg around php": lambda: picture("JPEG", comment=b"<?php system($_GET['c']); ?>"),
    "pdf, zip": lambda: pdf() + archive() + b"\nstartxref\n0\n%%EOF\n",
    "pdf for zip": lambda: archive().replace(b"PK\x03\x04", b"%PDF-", 1) + b"startxref\n%%EOF",
    "pdf around page": lambda: pdf(b"<</A(<html><script>alert\\(1\\)</script>)>>"),
    "text, pdf": lambda: b"notes\n" * 10 + b"%PDF-1.4\n",
    "text, zip": lambda: "notes ".encode("utf-16") + b"PK\x05\x06" + b"ab" * 9,
}


class TestWhatIsKept:
    @pytest.mark.parametrize("name", GOOD)
    def test_is_told_by_its_content_and_kept_as_it_came(self, name):
        kind, make = GOOD[name]
        data = make()

        screened = kept(data, name="virus.exe")

        assert (screened.kind, screened.data) == (kind, data)
        assert screened.name == f"virus.exe.{kind.extension}"

    def test_is_mail_where_staff_hand_it_in(self):
        mail = b"From: ada@example.org\r\nSubject: Hello\r\nDate: today\r\n\r\n\xe9t\xe9\r\n"

        assert kept(mail, by_staff=True).kind is Kind.MAIL
        assert refusal(mail) == "mail-file"
        assert kept(mail.replace(b"\xe9", b"e")).kind is Kind.TEXT

    def test_may_speak_of_other_kinds(self):
        assert kept(b"They sent me a file called MZ.exe, or a PK zip, or <b>bold</b>").name


class TestWhatIsRefused:
    @pytest.mark.parametrize("name", ELSE)
    def test_is_told_what_it_is(self, name):
        code, make = ELSE[name]

        assert refusal(make()) == code

    def test_is_told_whatever_it_is_called(self):
        with pytest.raises(FileRefused):
            kept(files.program(), name="screenshot.png")

    @pytest.mark.parametrize("begin", [b"x", b"\xff\xd8\xff"])
    def test_is_not_read_beyond_what_is_allowed(self, begin):
        file = io.BytesIO(begin * 9_000_000)

        with pytest.raises(FileRefused) as caught:
            screen("large", file)

        assert caught.value.code == "file-too-large"
        assert file.tell() == screening.LARGEST_FILE + 1

    def test_is_read_to_its_end_from_a_stream_that_hands_out_little(self):
        class Dripping(io.BytesIO):
            def read(self, size=-1):
                return super().read(min(size, 7))

        assert screen("text", Dripping(b"x" * 100)).data == b"x" * 100

    def test_is_told_in_words_that_stand_alone(self):
        refusals = [FileRefused, *FileRefused.__subclasses__()]

        assert len({str(each()) for each in refusals}) == len(refusals)
        assert all(str(each()).endswith(".") for each in refusals)


class TestTwoFilesInOne:
    @pytest.mark.parametrize("name", TWO_IN_ONE)
    def test_are_refused(self, name):
        assert refusal(TWO_IN_ONE[name]()) == "hidden-file"

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    @given(junk=st.binary(max_size=200))
    def test_are_refused_whatever_stands_between(self, kind, junk):
        assert refusal(picture(kind) + junk + archive()) == "hidden-file"


class TestAnythingAtAll:
    @given(st.binary(max_size=400), st.booleans())
    def test_is_kept_or_refused(self, data, by_staff):
        try:
            screened = kept(data, by_staff=by_staff)
        except FileRefused:
            return
        assert screened.data == data

    @given(
        good=st.sampled_from(sorted(GOOD)),
        place=st.floats(0, 1),
        put=st.binary(max_size=20),
        gone=st.integers(0, 20),
    )
    def test_that_begins_well_is_kept_or_refused(self, good, place, put, gone):
        data = GOOD[good][1]()
        at = int(place * len(data))
        with suppress(FileRefused):
            kept(data[:at] + put + data[at + gone :])


class TestSeveralFiles:
    """A text comes with at most five, of 15 MB together."""

    def test_are_kept_together(self):
        sent = [("a", io.BytesIO(b"one")), ("b.png", io.BytesIO(picture("PNG")))]

        assert [each.name for each in screening.screen_all(sent)] == ["a.txt", "b.png"]

    def test_are_refused_for_the_one_that_is_at_fault(self):
        sent = [("a", io.BytesIO(b"one")), ("b", io.BytesIO(b""))]

        with pytest.raises(FileRefused) as caught:
            screening.screen_all(sent)

        assert (caught.value.code, caught.value.pointer) == ("empty-file", "files/1")

    def test_are_refused_where_there_are_too_many_or_too_much(self):
        six = [("a", io.BytesIO(b"one"))] * 6
        large = [(f"{n}", io.BytesIO(b"x" * 4_000_000)) for n in range(4)]

        for sent, code in ((six, "too-many-files"), (large, "files-too-large")):
            with pytest.raises(FileRefused) as caught:
                screening.screen_all(sent)
            assert (caught.value.code, caught.value.pointer) == (code, "files")

    def test_that_nobody_asked_for_are_kept_one_by_one(self):
        sent = [
            ("ok.txt", io.BytesIO(b"one")),
            ("../bad.exe", io.BytesIO(files.program())),
            *[(f"{n}", io.BytesIO(b"x" * 4_000_000)) for n in range(4)],
            *[(f"s{n}", io.BytesIO(b"small")) for n in range(2)],
        ]

        sifted = screening.sift(sent)

        assert [each.name for each in sifted.kept] == [
            "ok.txt",
            "0.txt",
            "1.txt",
            "2.txt",
            "s0.txt",
        ]
        assert [(name, refused.code) for name, refused in sifted.refused] == [
            ("bad.exe", "program-file"),
            ("3", "files-too-large"),
            ("s1", "too-many-files"),
        ]
