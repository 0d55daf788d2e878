import pytest

from appeals.screening import Kind
from tests.appeals.screening import files
from tests.appeals.screening.files import kept, object_stream, pdf, refusal

SCRIPT = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"
ACTIVE = {
    "script, by a library": lambda: files.pdf_by_library(script="app.alert(1)"),
    "attachment, by a library": lambda: files.pdf_by_library(attached=b"inner"),
    "script": lambda: pdf(SCRIPT),
    "apart": lambda: pdf(SCRIPT.replace(b"/S/", b"/S /")),
    "with a comment": lambda: pdf(SCRIPT.replace(b"/S/", b"/S%said\n/")),
    "disguised": lambda: pdf(SCRIPT.replace(b"/JavaScript", b"/J#61vaScri#70t")),
    "key disguised": lambda: pdf(SCRIPT.replace(b"/S/", b"/#53/")),
    "launch": lambda: pdf(b"<</S/Launch/F(cmd.exe)>>"),
    "form that sends": lambda: pdf(b"<</S/SubmitForm/F(https://example.org)>>"),
    "into a file": lambda: pdf(b"<</S/GoToE/T<<>>>>"),
    "files": lambda: pdf(b"<</Dests 4 0 R/EmbeddedFiles 5 0 R>>"),
    "file on a page": lambda: pdf(b"<</Type/Annot/Subtype/FileAttachment>>"),
    "media": lambda: pdf(b"<</Type/Annot/Subtype/RichMedia>>"),
    "form of its own": lambda: pdf(b"<</NeedAppearances true/XFA 5 0 R>>"),
    "packed script": lambda: pdf(object_stream(SCRIPT)),
    "packed launch": lambda: pdf(object_stream(b"<</S /Launch/F(cmd.exe)>>")),
    "packed without a type": lambda: pdf(object_stream(SCRIPT, b"/N 1/First 5")),
    "not packed": lambda: pdf(files.stream(b"10 0 " + SCRIPT, b"/Type/ObjStm/N 1/First 5")),
    "after many": lambda: pdf(*[object_stream(b"<</A 1>>")] * 2_000, object_stream(SCRIPT)),
}
HEAD = b"/Type/ObjStm/N 1/First 5"
OPAQUE = {
    "written as hexadecimal": lambda: pdf(files.stream(b"7b>", HEAD + b"/Filter/ASCIIHexDecode")),
    "packed twice": lambda: pdf(files.stream(b"x", HEAD + b"/Filter[/FlateDecode/FlateDecode]")),
    "predicted": lambda: pdf(object_stream(SCRIPT, HEAD + b"/DecodeParms<</Predictor 12>>")),
    "beginning twice": lambda: pdf(object_stream(SCRIPT, HEAD + b"/X(obj)")),
    "streaming twice": lambda: pdf(object_stream(SCRIPT, HEAD + b"/X(stream\n)")),
    "before another": lambda: pdf(
        object_stream(SCRIPT).replace(b"\nstream\n", b"\nstream\r"), object_stream(b"<</A 1>>")
    ),
    "disguised": lambda: pdf(object_stream(SCRIPT, b"/Type/#4fbjStm/N 1/First 5")),
    "somewhere else": lambda: pdf(object_stream(SCRIPT, HEAD + b"/F(other.bin)")),
    "not as it says": lambda: pdf(files.stream(b"not packed", HEAD + b"/Filter/FlateDecode")),
    "cut": lambda: pdf(object_stream(SCRIPT * 9)[:-40] + b"\nendstream"),
    "large": lambda: pdf(object_stream(b" " * 50_000_000)),
    "large together": lambda: pdf(*[object_stream(b" " * 9_000_000)] * 3),
    "without a body": lambda: pdf(b"<</Type/ObjStm>>"),
    "long": lambda: pdf(object_stream(SCRIPT, HEAD + b" " * 5_000)),
}
QUIET = {
    "by a library": files.pdf_by_library,
    "packed": lambda: pdf(object_stream(b"<</Type/Font>>")),
    "much packed": lambda: pdf(*[object_stream(b"<</Type/Font>>")] * 2_000),
    "outline": lambda: pdf(b"<</First 5 0 R/Last 5 0 R>>", files.stream(b"BT (said) Tj ET")),
    "link": lambda: pdf(b"<</S/URI/URI(https://example.org/JavaScript/EmbeddedFilesystem)>>"),
    "after a blank line": lambda: b"\r\n" + pdf(),
}


class TestDocuments:
    @pytest.mark.parametrize("name", QUIET)
    def test_that_only_show_are_kept(self, name):
        assert kept(QUIET[name]()).kind is Kind.PDF

    @pytest.mark.parametrize("name", ACTIVE)
    def test_that_act_are_refused(self, name):
        assert refusal(ACTIVE[name]()) == "active-document"

    @pytest.mark.parametrize("name", OPAQUE)
    def test_that_cannot_be_looked_into_are_refused(self, name):
        assert refusal(OPAQUE[name]()) == "opaque-document"

    def test_with_a_password_are_refused(self):
        assert refusal(files.pdf_by_library(password="secret")) == "locked-document"
        assert refusal(pdf(trailer=b"/Encrypt 5 0 R")) == "locked-document"

    def test_without_their_end_are_refused(self):
        assert refusal(files.pdf_by_library(pages=60)[:-2500]) == "broken-file"
