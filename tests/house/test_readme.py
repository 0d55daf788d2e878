import ast
import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import timezone

from cases.models import Case
from reviewapp.management.commands import demo
from tests.factories import create_key, create_source
from tests.house.source import PACKAGES, README, ROOT, section, tree

READERS = {
    *("env_text", "env_bool", "env_int", "env_choice", "env_list", "env_url", "env_networks"),
    "_secret",
}


def mapped() -> Iterator[str]:
    """The paths that the map of the house names, without trailing slashes."""
    (drawing,) = re.findall(
        r"^```\n(.*?)^```", section("The map of the house"), re.DOTALL | re.MULTILINE
    )
    above: list[str] = []
    for line in drawing.splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        names = re.split(r"\s{2,}", line.strip())[0].split()
        for name in names:
            yield "/".join([*above[:depth], name.rstrip("/")])
        above = [*above[:depth], names[0].rstrip("/")]


def rooms() -> set[str]:
    """What a newcomer meets first: the top level, and the first level of both packages."""
    top = {"manage.py", "pyproject.toml", *PACKAGES, "templates", "static", "tests"}
    within = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).iterdir()
        if path.suffix in {".py", ".toml"} or (path / "__init__.py").exists()
    }
    return top | {each for each in within if not each.endswith(("__init__.py", "migrations"))}


def variables() -> set[str]:
    """Every environment variable that the settings read."""
    settings = ROOT / "reviewapp/settings.py"
    return {
        call.args[0].value
        for call in ast.walk(tree(settings))
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") in READERS
        and isinstance(call.args[0], ast.Constant)
    }


def first_column(title: str) -> set[str]:
    return set(re.findall(r"^\| `([^`]+)`", section(title), re.MULTILINE))


class TestTheMap:
    def test_names_only_what_is_there(self) -> None:
        assert [each for each in mapped() if not (ROOT / each).exists()] == []

    def test_misses_no_room(self) -> None:
        assert rooms() - set(mapped()) == set()


class TestTheConfiguration:
    def test_has_every_variable_that_the_settings_read(self) -> None:
        assert variables() - first_column("Configuration") == set()

    def test_has_no_variable_that_nobody_reads(self) -> None:
        assert first_column("Configuration") - variables() == set()

    def test_is_left_aside_by_the_gate_on_a_clean_machine(self) -> None:
        script = (ROOT / ".ci/run").read_text()
        (unset,) = re.findall(r"^unset ((?:.*\\\n)*.*)$", script, re.MULTILINE)

        assert variables() - set(unset.split()) == set()


class TestTheCommands:
    def test_are_all_described(self) -> None:
        there = {
            path.stem
            for path in (ROOT / "reviewapp/management/commands").glob("*.py")
            if path.stem != "__init__"
        }
        described = {each.split()[1] for each in first_column("Developing")}

        assert described == there

    def test_are_run_as_they_can_be(self) -> None:
        """Each `manage.py command --option` in the README is one that the command knows."""
        from django.core.management import load_command_class

        described = re.findall(r"manage\.py (\w+)((?: [^\s`|#)]+)*)", README.read_text())
        assert described
        for name, rest in described:
            path = ROOT / f"reviewapp/management/commands/{name}.py"
            if path.exists():
                parser = load_command_class("reviewapp", name).create_parser("manage.py", name)
                known = {each for action in parser._actions for each in action.option_strings}
                assert {each for each in rest.split() if each.startswith("--")} <= known, name


class TestTheReadme:
    def test_points_at_files_that_are_there(self) -> None:
        text = README.read_text()
        linked = re.findall(r"\]\(([^):]+)\)", text)
        named = re.findall(r"`((?:reviewapp|cases|tests|static|templates|\.ci)/[^`\s*…]+)`", text)

        missing = [each for each in [*linked, *named] if not (ROOT / each).exists()]
        assert missing == []

    def test_replays_under_the_source_that_owns_the_reference_detectors(self) -> None:
        text = README.read_text()
        assert f"create_api_key {demo.SOURCE} --scope intake" in text

    def test_keeps_lines_that_fit_a_screen(self) -> None:
        """Tables and commands may run on."""
        long = [
            line
            for line in README.read_text().splitlines()
            if len(line) > 120 and not line.startswith(("|", "!", "uv run", "  "))
        ]

        assert long == []


@pytest.mark.django_db
class TestTheQuickStart:
    def test_does_what_it_says(self) -> None:
        """The bodies as they stand, with a key of the scopes that it asks for."""
        said = section("The API in two minutes")
        key = create_key(
            source=create_source(name="spam-models"),
            at=timezone.now(),
            scopes=re.findall(r"--scope (\w+)", said),
        )
        machine = Client(headers={"Authorization": f"Bearer {key.secret}"})

        answers = {}
        for door, body in re.findall(r"\$API/(\w+) .*? -d '\n(.*?)'\n", said, re.DOTALL):
            answer = machine.post(f"/api/v1/{door}", body, content_type="application/json")
            answers[door] = (answer.status_code, answer.json()["accepted"])
        labels = machine.get("/api/v1/labels?after=0")

        assert answers == dict.fromkeys(["accounts", "evidence", "detections"], (200, 1))
        assert Case.objects.get().account.external_id == "a-1"
        assert labels.json()["items"] == []
