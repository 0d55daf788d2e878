import subprocess
import sys
import tomllib
from importlib.metadata import distributions

import pytest
from django.core.management import CommandError, call_command

from reviewapp.management.commands import ci
from reviewapp.management.commands.ci import Step
from reviewapp.management.commands.lock import pins_from, pins_in, with_pins
from tests.house.source import ROOT
from tests.house.test_imports import bare

PYPROJECT = (ROOT / "pyproject.toml").read_text()
SMALL = '[project]\nname = "a"\n\n[tool.uv]\npackage = false\n\n[tool.ruff]\nline-length = 100\n'
LOCK = """
[[package]]
name = "a"
version = "0.1.0"
source = { virtual = "." }

[[package]]
name = "click-repl"
version = "0.3.0"
source = { registry = "https://example.org/simple" }

[[package]]
name = "click"
version = "8.1.0"
source = { registry = "https://example.org/simple" }

[[package]]
name = "numpy"
version = "1.0"
source = { registry = "https://example.org/simple" }
resolution-markers = ["python_full_version < '3.12'"]

[[package]]
name = "numpy"
version = "2.0"
source = { registry = "https://example.org/simple" }
resolution-markers = ["python_full_version >= '3.12'", "sys_platform == 'win32'"]
"""


def says(code: int, words: str) -> list[str]:
    return [sys.executable, "-c", f"print({words!r}); raise SystemExit({code})"]


class TestPins:
    """Exact versions in pyproject.toml, of the indirect dependencies too."""

    def test_are_exact_and_name_no_address(self) -> None:
        pins = pins_in(PYPROJECT)

        assert pins
        assert [pin for pin in pins if "==" not in pin or "/" in pin or "@" in pin] == []

    def test_cover_everything_that_is_installed(self) -> None:
        pinned = {bare(pin): pin.split(" ;")[0].split("==")[1] for pin in pins_in(PYPROJECT)}
        installed = {bare(each.name): each.version for each in distributions()}
        brought = {"pip", "setuptools", "wheel", "uv", "reviewapp"}

        assert {name for name in installed if name not in pinned} - brought == set()
        assert {n: v for n, v in installed.items() if pinned.get(n, v) != v} == {}

    def test_come_from_the_lock_without_the_project(self) -> None:
        assert pins_from(LOCK) == [
            "click==8.1.0",
            "click-repl==0.3.0",
            "numpy==1.0 ; (python_full_version < '3.12')",
            "numpy==2.0 ; (python_full_version >= '3.12') or (sys_platform == 'win32')",
        ]

    def test_are_written_and_read_back_with_all_else_as_it_was(self) -> None:
        written = with_pins(SMALL, ["click==8.1.0", "numpy==1.0 ; (python_version < '3.12')"])

        assert pins_in(written) == ["click==8.1.0", "numpy==1.0 ; (python_version < '3.12')"]
        assert with_pins(written, []) == SMALL
        assert tomllib.loads(written)["tool"]["ruff"] == {"line-length": 100}

    def test_take_the_place_of_former_ones(self) -> None:
        once = with_pins(SMALL, ["click==8.0.0"])

        assert with_pins(once, ["click==8.1.0"]) == with_pins(SMALL, ["click==8.1.0"])

    def test_survive_being_written_again(self) -> None:
        assert with_pins(PYPROJECT, pins_in(PYPROJECT)) == PYPROJECT

    def test_need_a_table_to_stand_in(self) -> None:
        with pytest.raises(ValueError, match=r"no \[tool.uv\] table"):
            with_pins('[project]\nname = "a"\n', ["click==8.1.0"])


class TestTheGate:
    """One command; it says what is wrong by name and stops before the tests."""

    @pytest.fixture
    def steps(self, monkeypatch: pytest.MonkeyPatch) -> list[Step]:
        steps = [Step("format", says(0, "fine")), Step("lint", says(0, "clean"))]
        monkeypatch.setattr(ci, "quick_steps", lambda: steps)
        monkeypatch.setattr(ci, "TESTS", Step("tests", says(0, "2 passed in 0.1s")))
        return steps

    def test_opens_when_all_is_well_and_lets_the_tests_have_the_last_word(
        self, steps: list[Step], capfd: pytest.CaptureFixture[str]
    ) -> None:
        call_command("ci")

        lines = capfd.readouterr().out.splitlines()
        assert [line.split()[:2] for line in lines[:2]] == [["ok", "format"], ["ok", "lint"]]
        assert lines[-1] == "2 passed in 0.1s"

    def test_names_every_step_that_fails_and_runs_no_tests(
        self, steps: list[Step], capfd: pytest.CaptureFixture[str]
    ) -> None:
        steps[:0] = [Step("contracts", says(1, "a broken contract")), Step("types", says(2, "oh"))]

        with pytest.raises(CommandError, match=r"contracts, types\."):
            call_command("ci")

        said = capfd.readouterr().out
        assert "a broken contract" in said
        assert "ok   lint" in said
        assert "passed" not in said

    @pytest.mark.usefixtures("steps")
    def test_is_shut_by_a_test_that_fails(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ci, "TESTS", Step("tests", says(1, "1 failed")))

        with pytest.raises(CommandError, match=r"tests\."):
            call_command("ci")

    def test_mends_before_it_looks(
        self, steps: list[Step], tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        mended = tmp_path_factory.mktemp("gate") / "mended"
        look = f"import pathlib; raise SystemExit(not pathlib.Path({str(mended)!r}).exists())"
        mend = f"import pathlib; pathlib.Path({str(mended)!r}).touch()"
        steps[:] = [Step("format", [sys.executable, "-c", look], [sys.executable, "-c", mend])]

        with pytest.raises(CommandError, match=r"format\."):
            call_command("ci", "--quick")
        call_command("ci", "--quick", "--fix")


class TestTheGateOnACleanMachine:
    def test_is_a_script_that_bash_can_read(self) -> None:
        script = ROOT / ".ci/run"

        done = subprocess.run(["bash", "-n", script], capture_output=True, text=True)

        assert (done.returncode, done.stderr) == (0, "")
        assert script.stat().st_mode & 0o111
