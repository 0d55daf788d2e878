import pytest
from django.conf import settings

from reviewapp.celery import app


@pytest.fixture(scope="module", autouse=True)
def _tasks_are_loaded() -> None:
    app.loader.import_default_modules()


class TestTheSchedule:
    """What beat asks for, somebody does."""

    def test_names_tasks_that_exist(self) -> None:
        asked = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

        assert asked
        assert asked <= set(app.tasks)

    def test_forgets_no_sweep(self) -> None:
        """A nudge may be lost, so a task that keeps promises is asked for by the clock too."""
        ours = {name for name in app.tasks if not name.startswith("celery.")}
        asked = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

        assert ours - asked == set()

    def test_lets_a_run_that_nobody_took_expire(self) -> None:
        for name, entry in settings.CELERY_BEAT_SCHEDULE.items():
            assert entry["options"]["expires"] >= entry["schedule"], name
