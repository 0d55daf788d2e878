import pytest
from PIL import Image

from appeals.screening import Kind
from tests.appeals.screening import files
from tests.appeals.screening.files import kept, picture, png_chunk, refusal

MORE = [Image.new("RGB", (20, 20), colour) for colour in ("green", "blue")]
PICTURES = {
    "jpeg": lambda: picture("JPEG"),
    "progressive": lambda: picture("JPEG", progressive=True, quality=95),
    "grey": lambda: picture("JPEG", mode="L"),
    "printed": lambda: picture("JPEG", mode="CMYK"),
    "restarting": lambda: picture("JPEG", (90, 90), restart_marker_rows=1),
    "png": lambda: picture("PNG"),
    "palette": lambda: picture("PNG", mode="P"),
    "clear": lambda: picture("PNG", mode="RGBA"),
    "moving png": lambda: picture("PNG", (20, 20), save_all=True, append_images=MORE),
    "webp": lambda: picture("WEBP"),
    "lossless": lambda: picture("WEBP", lossless=True),
    "webp with more": lambda: picture("WEBP", mode="RGBA", exif=b"Exif\0\0II*\0"),
    "moving webp": lambda: picture("WEBP", (20, 20), save_all=True, append_images=MORE),
}


class TestPictures:
    @pytest.mark.parametrize(
        "data",
        [
            files.png_of_size(100_000, 100_000),
            files.png_of_size(2, 40_000),
            files.png_of_size(2**31 - 1, 1),
            files.png_of_size(20_000, 20_000),
        ],
    )
    def test_of_too_many_pixels_are_refused_by_their_heading(self, data):
        assert refusal(data) == "picture-too-large"

    @pytest.mark.parametrize("name", PICTURES)
    def test_cut_anywhere_are_refused(self, name):
        data = PICTURES[name]()
        for end in range(16, len(data) - 1, 7):
            assert refusal(data[:end]) == "broken-file", end

    @pytest.mark.parametrize("name", PICTURES)
    def test_are_kept_of_every_sort(self, name):
        assert kept(PICTURES[name]()).kind.is_picture

    def test_may_have_another_behind_as_phones_take_them(self):
        assert kept(picture("JPEG") + bytes(10) + picture("JPEG", (8, 8))).kind is Kind.JPEG

    def test_without_a_picture_are_refused(self):
        assert refusal(b"\xff\xd8\xff\xd9") == "broken-file"
        assert refusal(b"RIFF\x04\0\0\0WEBP") == "broken-file"
        assert refusal(b"\x89PNG\r\n\x1a\n" + png_chunk(b"IEND", b"")) == "broken-file"
        assert refusal(files.png_of_size(0, 10)) == "broken-file"

    def test_altered_on_the_way_are_refused(self):
        data = bytearray(picture("PNG"))
        data[40] ^= 1

        assert refusal(bytes(data)) == "broken-file"
