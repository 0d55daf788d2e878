import pytest
from django.db import DatabaseError, connection, models, transaction
from django.db.migrations.state import ProjectState
from django.test.utils import isolate_apps

from reviewapp.kernel.appendonly import AppendOnly, AppendOnlyViolation, RefuseChanges


@pytest.fixture(scope="module")
def line_type():
    with isolate_apps("tests"):

        class Line(AppendOnly):
            text = models.TextField(primary_key=True)
            weight = models.IntegerField(default=0)

            class Meta:
                app_label = "tests"
                db_table = "tests_line"

    return Line


@pytest.fixture
def table(db, line_type):
    with connection.schema_editor() as editor:
        editor.create_model(line_type)


@pytest.mark.usefixtures("table")
class TestAppendOnly:
    """The type refuses, so that the mistake is found where it is made."""

    def test_adds_rows(self, line_type):
        line_type(text="a").save()
        line_type.objects.create(text="b")
        line_type.objects.bulk_create([line_type(text="c"), line_type(text="d")])

        assert line_type.objects.count() == 4

    @pytest.mark.parametrize(
        "change",
        [
            lambda line: line.save(),
            lambda line: line.delete(),
            lambda line: type(line).objects.update(weight=2),
            lambda line: type(line).objects.filter(text="a").delete(),
            lambda line: type(line).objects.bulk_update([line], ["weight"]),
            lambda line: type(line).objects.update_or_create(text="a", defaults={"weight": 2}),
            lambda line: type(line).objects.all()._raw_delete("default"),
            lambda line: type(line).objects.bulk_create(
                [line], update_conflicts=True, unique_fields=["text"], update_fields=["weight"]
            ),
        ],
    )
    def test_refuses_to_change_or_remove(self, line_type, change):
        line = line_type.objects.create(text="a", weight=1)

        with pytest.raises(AppendOnlyViolation):
            change(line)
        assert line_type.objects.get().weight == 1

    def test_refuses_to_write_over_a_row_of_the_same_key(self, line_type):
        line_type.objects.create(text="a", weight=1)

        with pytest.raises(DatabaseError, match="tests_line_pkey"), transaction.atomic():
            line_type(text="a", weight=2).save()
        assert line_type.objects.get().weight == 1


CHANGES = {
    "UPDATE": "UPDATE tests_line SET weight = 2",
    "DELETE": "DELETE FROM tests_line",
    "TRUNCATE": "TRUNCATE tests_line",
}


def put_on(operation: RefuseChanges) -> None:
    with connection.schema_editor() as editor:
        operation.database_forwards("tests", editor, ProjectState(), ProjectState())


def run(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.usefixtures("table")
class TestRefuseChanges:
    """SQL is refused too, with a sentence."""

    @pytest.mark.parametrize("verb", CHANGES)
    def test_refuses_each_change(self, line_type, verb):
        line_type.objects.create(text="a", weight=1)
        put_on(RefuseChanges("tests_line"))

        with pytest.raises(DatabaseError, match=f"{verb} of tests_line is refused: its rows are"):
            run(CHANGES[verb])
        assert line_type.objects.get().weight == 1

    @pytest.mark.parametrize("verb", CHANGES)
    def test_allows_what_it_was_told_to(self, line_type, verb):
        line_type.objects.create(text="a", weight=1)
        put_on(RefuseChanges("tests_line", **{verb.lower(): False}))

        run(CHANGES[verb])
        assert not line_type.objects.filter(weight=1).exists()

    @pytest.mark.parametrize("verb", CHANGES)
    def test_can_be_undone(self, line_type, verb):
        line_type.objects.create(text="a", weight=1)
        operation = RefuseChanges("tests_line")
        put_on(operation)
        with connection.schema_editor() as editor:
            operation.database_backwards("tests", editor, ProjectState(), ProjectState())

        run(CHANGES[verb])
        assert not line_type.objects.filter(weight=1).exists()
