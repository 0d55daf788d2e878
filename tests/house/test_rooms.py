import re
import subprocess

import pytest

from tests.house.source import PACKAGES, ROOT, python_files

TOP = {
    *("manage.py", "pyproject.toml", "README.md"),
    *("reviewapp", "cases", "appeals", "templates", "static", "tests"),
}
# Where things go when nobody thought about where they belong.
ATTICS = {"utils", "util", "helpers", "helper", "common", "services", "managers", "misc", "shared"}
# Rooms of tests that are about all of the house.
WHOLE = {"journeys", "races", "house", "browser", "brokers"}
# Neither has anything of its own to test: rows are in every test, and commands beside their rooms.
ELSEWHERE = {"models", "migrations", "management"}
ROOMS = sorted(
    path.relative_to(ROOT).as_posix()
    for package in ("reviewapp", "cases", "appeals")
    for path in (ROOT / package).iterdir()
    if (path / "__init__.py").is_file() and path.name not in ELSEWHERE
)


class TestTheHouse:
    """One look at the folders says what the product does."""

    def test_keeps_its_top_level_closed(self) -> None:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        if listed.returncode:
            pytest.skip("this is no git checkout")
        here = {line.split("/")[0] for line in listed.stdout.splitlines()}

        assert {each for each in here if not each.startswith(".")} <= TOP

    @pytest.mark.parametrize("package", PACKAGES)
    def test_has_no_attic(self, package: str) -> None:
        found = [path for path in (ROOT / package).rglob("*") if path.stem.lower() in ATTICS]

        assert found == []

    def test_says_nothing_where_it_only_marks_a_folder(self) -> None:
        """An `__init__` is a shop window: it re-exports, and defines nothing of its own."""
        defining = [
            path
            for path in python_files(*PACKAGES)
            if path.name == "__init__.py"
            for line in path.read_text().splitlines()
            if line.startswith(("def ", "class ", "async def "))
        ]

        assert defining == []

    def test_is_mirrored_by_its_tests(self) -> None:
        """`tests/cases/intake/` is about `cases/intake`, `tests/web/` about `reviewapp/web`."""
        strays = []
        for folder in sorted({path.parent for path in python_files("tests")}):
            parts = folder.relative_to(ROOT / "tests").parts
            if not parts or parts[0] in WHOLE:
                continue
            place = "/".join(parts)
            homes = [ROOT / place, ROOT / "reviewapp" / place]
            if not any(home.is_dir() or home.with_suffix(".py").is_file() for home in homes):
                strays.append(place)

        assert strays == []

    @pytest.mark.parametrize("room", ROOMS)
    def test_has_tests_for_each_room(self, room: str) -> None:
        """In a folder of its name, or in files that begin with it: `tests/cases/test_intake_…`."""
        parts = room.split("/")
        above = ROOT / "tests" / "/".join(parts[:-1])
        folders = [above / parts[-1], ROOT / "tests" / parts[-1]]
        found = [path for folder in folders for path in folder.glob("test_*.py")]
        found += above.glob(f"test_{parts[-1]}*.py")

        assert found

    def test_has_tests_for_each_command(self) -> None:
        said = "\n".join(path.read_text() for path in python_files("tests"))
        commands = (ROOT / "reviewapp/management/commands").glob("[a-z]*.py")
        unsaid = [
            path.stem
            for path in commands
            if not re.search(rf'"{path.stem}"|commands(\.| import ){path.stem}\b', said)
        ]

        assert unsaid == []

    def test_has_tests_that_are_found(self) -> None:
        """A test file whose name does not begin with test_ would be passed over in silence."""
        overlooked = [
            path
            for path in python_files("tests")
            if not path.name.startswith("test_") and "\ndef test_" in path.read_text()
        ]

        assert overlooked == []
