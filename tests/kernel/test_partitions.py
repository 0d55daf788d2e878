import threading
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.migrations.state import ProjectState

from reviewapp.kernel.appendonly import RefuseChanges
from reviewapp.kernel.partitions import ensure_partitions

NOVEMBER = datetime(2026, 11, 22, 12, tzinfo=UTC)

TABLE = """
CREATE TABLE tests_event (
    at timestamptz NOT NULL, id int NOT NULL, word text NOT NULL DEFAULT 'x',
    twice int GENERATED ALWAYS AS (id * 2) STORED,
    PRIMARY KEY (at, id)
) PARTITION BY RANGE (at);
CREATE TABLE tests_event_default PARTITION OF tests_event DEFAULT;
CREATE INDEX tests_event_word ON tests_event (word, at);
"""


def execute(sql: str, *parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)


def rows(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def add(at: datetime, number: int) -> None:
    execute("INSERT INTO tests_event (at, id) VALUES (%s, %s)", at, number)


def whereabouts() -> dict[int, str]:
    return dict(rows("SELECT id, tableoid::regclass::text FROM tests_event"))


def refuse_changes() -> None:
    with connection.schema_editor() as editor:
        RefuseChanges("tests_event").database_forwards(
            "tests", editor, ProjectState(), ProjectState()
        )


@pytest.mark.django_db
class TestEnsurePartitions:
    @pytest.fixture(autouse=True)
    def table(self, db):
        execute(TABLE)

    def test_makes_a_partition_for_each_month_around(self):
        made = ensure_partitions("tests_event", at=NOVEMBER, back=1, ahead=3)

        assert made == [
            "tests_event_y2026m10",
            "tests_event_y2026m11",
            "tests_event_y2026m12",
            "tests_event_y2027m01",
            "tests_event_y2027m02",
        ]

    def test_does_nothing_the_second_time(self):
        ensure_partitions("tests_event", at=NOVEMBER, back=1, ahead=3)

        assert ensure_partitions("tests_event", at=NOVEMBER, back=1, ahead=3) == []

    def test_makes_only_what_the_turn_of_the_month_adds(self):
        ensure_partitions("tests_event", at=NOVEMBER, back=0, ahead=1)
        december = datetime(2026, 12, 1, tzinfo=UTC)

        assert ensure_partitions("tests_event", at=december, back=0, ahead=1) == [
            "tests_event_y2027m01"
        ]

    def test_puts_rows_where_their_utc_month_is(self):
        execute("SET LOCAL TIME ZONE 'Asia/Kolkata'")
        ensure_partitions("tests_event", at=NOVEMBER, back=0, ahead=1)
        add(datetime(2026, 11, 30, 23, 59, 59, 999_999, tzinfo=UTC), 1)
        add(datetime(2026, 12, 1, tzinfo=UTC), 2)
        add(datetime(1999, 1, 1, tzinfo=UTC), 3)

        assert whereabouts() == {
            1: "tests_event_y2026m11",
            2: "tests_event_y2026m12",
            3: "tests_event_default",
        }

    def test_gives_partitions_the_indexes_of_the_table(self):
        ensure_partitions("tests_event", at=NOVEMBER, back=0, ahead=0)

        attached = rows(
            "SELECT count(*) FROM pg_index JOIN pg_inherits ON inhrelid = indexrelid"
            " WHERE indrelid = 'tests_event_y2026m11'::regclass AND indisvalid"
        )
        assert attached == [(2,)]

    def test_moves_rows_that_came_before_their_partition(self):
        add(NOVEMBER, 1)
        add(datetime(2020, 1, 1, tzinfo=UTC), 2)
        refuse_changes()

        ensure_partitions("tests_event", at=NOVEMBER, back=1, ahead=1)

        assert whereabouts() == {1: "tests_event_y2026m11", 2: "tests_event_default"}
        assert rows("SELECT id, word, twice FROM tests_event ORDER BY id") == [
            (1, "x", 2),
            (2, "x", 4),
        ]

    def test_moves_rows_without_firing_triggers(self):
        execute("CREATE TABLE tests_heard (id int)")
        execute(
            """
            CREATE FUNCTION tests_hear() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN INSERT INTO tests_heard SELECT id FROM added; RETURN NULL; END $$;
            CREATE TRIGGER tests_hear AFTER INSERT ON tests_event
            REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION tests_hear()
            """
        )
        add(NOVEMBER, 1)

        ensure_partitions("tests_event", at=NOVEMBER, back=0, ahead=0)

        assert rows("SELECT id FROM tests_heard") == [(1,)]

    def test_moves_rows_that_foreign_keys_point_at(self):
        execute(
            """
            CREATE TABLE tests_citation (
                at timestamptz, id int,
                FOREIGN KEY (at, id) REFERENCES tests_event DEFERRABLE INITIALLY DEFERRED
            )
            """
        )
        refuse_changes()
        add(NOVEMBER, 1)
        execute("INSERT INTO tests_citation SELECT at, id FROM tests_event")

        ensure_partitions("tests_event", at=NOVEMBER, back=0, ahead=0)

        execute("SET CONSTRAINTS ALL IMMEDIATE")
        assert whereabouts() == {1: "tests_event_y2026m11"}

    @pytest.mark.parametrize("part", ["tests_event", "tests_event_y2026m11", "tests_event_default"])
    @pytest.mark.parametrize("verb", ["UPDATE {} SET word = 'y'", "DELETE FROM {}", "TRUNCATE {}"])
    def test_leaves_every_partition_refusing_changes(self, part, verb):
        add(NOVEMBER, 1)
        refuse_changes()
        ensure_partitions("tests_event", at=NOVEMBER, back=0, ahead=0)
        add(NOVEMBER, 2)
        add(datetime(2020, 1, 1, tzinfo=UTC), 3)

        with pytest.raises(DatabaseError, match="is refused"), transaction.atomic():
            execute(verb.format(part))
        assert len(whereabouts()) == 3


@pytest.mark.django_db(transaction=True)
class TestEnsurePartitionsInARace:
    """Several processes start at once, each wanting the same months."""

    @pytest.fixture(autouse=True)
    def table(self, db):
        execute(TABLE)
        yield
        execute("DROP TABLE tests_event")

    def test_makes_each_partition_once(self):
        start = threading.Barrier(4)
        made: list[list[str]] = []

        def one_process() -> None:
            start.wait()
            try:
                made.append(ensure_partitions("tests_event", at=NOVEMBER, back=1, ahead=1))
            finally:
                connection.close()

        threads = [threading.Thread(target=one_process) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(made) == [
            [],
            [],
            [],
            ["tests_event_y2026m10", "tests_event_y2026m11", "tests_event_y2026m12"],
        ]
