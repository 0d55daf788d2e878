"""The gate: everything that must hold before a change goes in, as one command."""

import subprocess
import sys
import time
from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

_BIN = Path(sys.executable).parent
_HOUSE = ["reviewapp", "cases", "appeals", "tests", "manage.py"]


@dataclass(frozen=True)
class Step:
    """One thing to run.

    Attributes:
        words: the command line.
        fix: the command line that mends what `words` would complain of, where there is one.
    """

    name: str
    words: list[str]
    fix: list[str] | None = None


def _tool(name: str, *words: str) -> list[str]:
    return [str(_BIN / name), *words]


def _manage(*words: str) -> list[str]:
    return [sys.executable, "manage.py", *words]


def quick_steps() -> list[Step]:
    """Everything but the tests, quickest first."""
    templates = sorted(str(each) for each in (settings.BASE_DIR / "templates").rglob("*.html"))
    return [
        Step(
            "format", _tool("ruff", "format", "--check", *_HOUSE), _tool("ruff", "format", *_HOUSE)
        ),
        Step("templates", _tool("djade", "--check", *templates), _tool("djade", *templates)),
        Step("lint", _tool("ruff", "check", *_HOUSE), _tool("ruff", "check", "--fix", *_HOUSE)),
        Step("contracts", _tool("lint-imports")),
        Step("lock", _manage("lock", "--check")),
        Step("checks", _manage("check", "--fail-level", "WARNING")),
        Step("migrations", _manage("makemigrations", "--check", "--dry-run")),
        Step("types", _tool("mypy", "reviewapp", "cases", "appeals", "manage.py")),
    ]


# Named here, for this very command was started under the product's own settings and hands its
# environment on.
TESTS = Step("tests", [sys.executable, "-m", "pytest", "-n", "2", "--ds", "tests.settings"])


class Command(BaseCommand):
    help = (
        "The gate: format, lint, import contracts, pins, checks, migrations, types, then the "
        "tests. The quick steps say everything that is wrong at once; the tests run when they pass."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--fix", action="store_true", help="first mend what can be mended without thinking"
        )
        parser.add_argument(
            "--quick", action="store_true", help="leave the tests out: for use while writing"
        )

    def handle(self, *args: Any, fix: bool, quick: bool, **options: Any) -> None:
        steps = quick_steps()
        if fix:
            for step in steps:
                if step.fix:
                    _run(step.fix, quietly=True)
        failed = [step.name for step in steps if not self._passes(step)]
        if failed:
            raise CommandError(f"The gate is shut: {', '.join(failed)}.")
        if not quick:
            # The tests speak for themselves, and their closing line is the last one.
            self.stdout.write("run  tests")
            self.stdout.flush()
            if _run(TESTS.words, quietly=False).returncode:
                raise CommandError("The gate is shut: tests.")

    def _passes(self, step: Step) -> bool:
        began = time.monotonic()
        done = _run(step.words, quietly=True)
        took = time.monotonic() - began
        self.stdout.write(f"{'FAIL' if done.returncode else 'ok  '} {step.name:<12}{took:6.1f} s")
        if done.returncode:
            self.stdout.write(done.stdout.rstrip())
        self.stdout.flush()
        return not done.returncode


def _run(words: list[str], *, quietly: bool) -> subprocess.CompletedProcess[str]:
    """Run `words` at the top of the house; `quietly` keeps what it says for whoever asks."""
    return subprocess.run(
        words,
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE if quietly else None,
        stderr=subprocess.STDOUT if quietly else None,
        text=True,
    )
