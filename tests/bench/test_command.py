"""`manage.py bench`, in a database of its own."""

import json
import os
import subprocess
from io import StringIO

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from reviewapp.running import database_url
from reviewapp.running.instance import MANAGE, renamed


def benches_left() -> list[str]:
    with psycopg.connect(renamed(database_url(), "postgres")) as connection:
        found = connection.execute("SELECT datname FROM pg_database WHERE datname ~ '^bench_'")
        return [name for [name] in found]


@pytest.mark.slow
def test_prints_one_object_and_leaves_nothing_behind() -> None:
    before = benches_left()
    done = subprocess.run(
        [*MANAGE, "bench", "claim", "--rows", "2000", "--json"],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "reviewapp.settings",
            "DATABASE_URL": database_url(),
            "DEBUG": "1",
            "REVIEWAPP_DATA": str(settings.DATA),
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["what"], told["rows"]) == ("claim", 2000)
    measures = {measure["name"]: measure for measure in told["measures"]}
    assert measures["double claims"]["product"] == 0
    for measure in told["measures"]:
        assert set(measure) == {"name", "unit", "product", "limit", "ratio", "aim", "ok"}
    assert measures["take next, 16 analysts"]["ratio"] > 0
    assert set(benches_left()) <= set(before)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["claim", "--rows", "10"], "2,000 rows or more"),
        (["claim", "--here"], "only in a database called bench_"),
    ],
)
def test_refuses_to_measure_nothing_or_to_fill_this_database(
    arguments: list[str], said: str
) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("bench", *arguments, stdout=StringIO(), stderr=StringIO())
