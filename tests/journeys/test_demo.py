"""The whole story, as `manage.py demo --check` tells it: real processes, HTTP and workers."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from reviewapp.running import database_url

PROJECT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.slow
def test_the_figures_of_machines_people_platform_and_ledger_agree() -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "reviewapp.settings",
        "DATABASE_URL": database_url(),
        "DEBUG": "1",
        "REVIEWAPP_DATA": str(settings.DATA),
        "CELERY_BROKER_URL": "",
    }

    told = subprocess.run(
        [sys.executable, "manage.py", "demo", "--check"],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert told.returncode == 0, told.stdout + told.stderr
    assert "All figures agree" in told.stdout
    assert not re.search(r"^  NO ", told.stdout, re.MULTILINE)
    # The story is told of something: nobody agrees on nothing.
    assert int(re.search(r"cases decided: (\d+)", told.stdout)[1]) > 40  # type: ignore[index]
