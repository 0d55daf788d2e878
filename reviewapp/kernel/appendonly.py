from collections.abc import Iterable
from typing import Any, NoReturn

from django.db import models
from django.db.migrations.operations import RunSQL


class AppendOnlyViolation(Exception):
    """Code tried to change or remove a row that is only ever added."""


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Rows can be read and added; everything else is a mistake in the program."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnlyViolation(f"{self.model.__name__} rows are never changed.")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyViolation(f"{self.model.__name__} rows are never changed.")

    def delete(self) -> NoReturn:
        raise AppendOnlyViolation(f"{self.model.__name__} rows are never removed.")

    def _raw_delete(self, using: str | None) -> NoReturn:
        # The way by which Django's cascades delete.
        raise AppendOnlyViolation(f"{self.model.__name__} rows are never removed.")

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        if kwargs.get("update_conflicts"):
            raise AppendOnlyViolation(f"{self.model.__name__} rows are never changed.")
        return super().bulk_create(objs, *args, **kwargs)


class AppendOnly(models.Model):
    """A row that is written once. `RefuseChanges` says the same to SQL."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyViolation(f"{type(self).__name__} rows are never changed.")
        # Without this, a key that exists already would turn the INSERT into an UPDATE.
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyViolation(f"{type(self).__name__} rows are never removed.")


def RefuseChanges(  # noqa: N802 - reads as the operation that it makes
    table: str, *, update: bool = True, delete: bool = True, truncate: bool = True
) -> RunSQL:
    """The migration operation after which the database itself refuses to change `table`.

    Each refused verb answers with a sentence and SQLSTATE 23001. On a partitioned table the
    refusals hold for rows of every partition. PostgreSQL does not hand the one of TRUNCATE down:
    it is put on the partitions that are there, and `ensure_partitions` repeats it on new ones.
    """
    function = f"{table}_refuse_change"
    forward = [
        f"""
        CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% of % is refused: its rows are kept as they were written.',
                TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END $$
        """
    ]
    for verb, wanted in (("update", update), ("delete", delete)):
        if wanted:
            forward.append(
                f"CREATE TRIGGER {table}_refuse_{verb} BEFORE {verb} ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION {function}()"
            )
    if truncate:
        forward.append(
            f"""
            DO $$
            DECLARE part regclass;
            BEGIN
                FOR part IN SELECT '{table}'::regclass
                    UNION SELECT relid FROM pg_partition_tree('{table}')
                LOOP
                    EXECUTE format('CREATE TRIGGER {table}_refuse_truncate BEFORE TRUNCATE ON %s '
                        'FOR EACH STATEMENT EXECUTE FUNCTION {function}()', part);
                END LOOP;
            END $$
            """  # noqa: S608 - names of our own tables and columns
        )
    return RunSQL(tuple(forward), f"DROP FUNCTION {function}() CASCADE")
