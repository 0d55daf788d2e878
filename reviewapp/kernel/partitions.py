from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.utils import CursorWrapper


def ensure_partitions(
    table: str, *, at: datetime, back: int, ahead: int, using: str = DEFAULT_DB_ALIAS
) -> list[str]:
    """Make sure that `table` has a partition for each month (UTC) around `at`.

    `table` is partitioned by RANGE of one timestamp column; `back` and `ahead` count months before
    and after the one of `at`. Partitions are called like `evidence_y2026m11`. Rows of a new month
    that had gone into the default partition move into theirs, in the same transaction and without
    firing triggers. Safe to call at any time and from several processes at once.

    Returns the names of the partitions it made.
    """
    months = list(_months(at, back=back, ahead=ahead))
    connection = connections[using]
    with connection.cursor() as cursor:
        if not _missing(cursor, table, months):
            return []
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"partitions of {table}"])
        missing = _missing(cursor, table, months)
        for start, end in missing:
            _add(cursor, table, start, end)
        return [_name(table, start) for start, _ in missing]


def _months(at: datetime, *, back: int, ahead: int) -> Iterator[tuple[datetime, datetime]]:
    at = at.astimezone(UTC)
    first = at.year * 12 + at.month - 1 - back
    for month in range(first, first + back + 1 + ahead):
        yield _start(month), _start(month + 1)


def _start(month: int) -> datetime:
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)


def _name(table: str, start: datetime) -> str:
    return f"{table}_y{start:%Ym%m}"


def _missing(
    cursor: CursorWrapper, table: str, months: list[tuple[datetime, datetime]]
) -> list[tuple[datetime, datetime]]:
    cursor.execute(
        "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid"
        " WHERE inhparent = %s::regclass",
        [table],
    )
    present = {name for (name,) in cursor.fetchall()}
    return [(start, end) for start, end in months if _name(table, start) not in present]


def _add(cursor: CursorWrapper, table: str, start: datetime, end: datetime) -> None:
    """Fill the partition before attaching it.

    `CREATE TABLE … PARTITION OF` would stop every reader of the table; ATTACH stops only the
    default partition. Rows written into a table that is not attached yet fire no trigger of the
    parent, so that moving a row neither counts as adding it again nor as removing it.
    """
    name = _name(table, start)
    cursor.execute(f'CREATE TABLE "{name}" (LIKE "{table}" INCLUDING ALL)')
    default = _default_partition(cursor, table)
    if default is not None:
        cursor.execute(f'LOCK TABLE "{default}" IN ACCESS EXCLUSIVE MODE')
    if default is not None and _has_rows(cursor, table, default, start, end):
        with _unreferenced(cursor, table):
            _move(cursor, table, default, name, start, end)
            _attach(cursor, table, name, start, end)
    else:
        _attach(cursor, table, name, start, end)
    _refuse_truncate_alike(cursor, table, name)


def _attach(cursor: CursorWrapper, table: str, name: str, start: datetime, end: datetime) -> None:
    cursor.execute(
        f'ALTER TABLE "{table}" ATTACH PARTITION "{name}" FOR VALUES FROM (%s) TO (%s)',
        [start.isoformat(), end.isoformat()],
    )


def _has_rows(
    cursor: CursorWrapper, table: str, default: str, start: datetime, end: datetime
) -> bool:
    column = _key_column(cursor, table)
    cursor.execute(
        f'SELECT EXISTS (SELECT FROM "{default}" WHERE "{column}" >= %s AND "{column}" < %s)',  # noqa: S608 - names of our own tables and columns
        [start, end],
    )
    found: bool = cursor.fetchone()[0]
    return found


def _move(
    cursor: CursorWrapper, table: str, default: str, name: str, start: datetime, end: datetime
) -> None:
    column = _key_column(cursor, table)
    columns = _columns(cursor, table)
    cursor.execute(f'ALTER TABLE "{default}" DISABLE TRIGGER USER')
    cursor.execute(
        f'WITH moved AS (DELETE FROM "{default}" WHERE "{column}" >= %s AND "{column}" < %s'  # noqa: S608 - names of our own tables and columns
        f" RETURNING {columns})"
        f' INSERT INTO "{name}" ({columns}) SELECT {columns} FROM moved',
        [start, end],
    )
    cursor.execute(f'ALTER TABLE "{default}" ENABLE TRIGGER USER')


@contextmanager
def _unreferenced(cursor: CursorWrapper, table: str) -> Iterator[None]:
    """Take the foreign keys that point at `table` off, and put them on again, checked.

    PostgreSQL looks for a moved row in the partition that it left, even at the end of the
    transaction, and would refuse the move. Checks that wait are done first, since no constraint
    can be taken off while they do.
    """
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)"
        " FROM pg_constraint"
        " WHERE contype = 'f' AND confrelid = %s::regclass AND conparentid = 0",
        [table],
    )
    references = cursor.fetchall()
    for referrer, constraint, _ in references:
        cursor.execute(f"ALTER TABLE {referrer} DROP CONSTRAINT {constraint}")
    yield
    for referrer, constraint, definition in references:
        cursor.execute(f"ALTER TABLE {referrer} ADD CONSTRAINT {constraint} {definition}")
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _default_partition(cursor: CursorWrapper, table: str) -> str | None:
    cursor.execute(
        "SELECT relname FROM pg_partitioned_table JOIN pg_class ON pg_class.oid = partdefid"
        " WHERE partrelid = %s::regclass",
        [table],
    )
    row = cursor.fetchone()
    return row[0] if row else None


def _key_column(cursor: CursorWrapper, table: str) -> str:
    cursor.execute(
        "SELECT attname FROM pg_partitioned_table JOIN pg_attribute"
        " ON attrelid = partrelid AND attnum = partattrs[0] WHERE partrelid = %s::regclass",
        [table],
    )
    column: str = cursor.fetchone()[0]
    return column


def _columns(cursor: CursorWrapper, table: str) -> str:
    cursor.execute(
        "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
        " AND attgenerated = ''",
        [table],
    )
    columns: str = cursor.fetchone()[0]
    return columns


def _refuse_truncate_alike(cursor: CursorWrapper, table: str, name: str) -> None:
    """Repeat the parent's TRUNCATE triggers: those of rows come with ATTACH, these do not."""
    cursor.execute(
        "SELECT tgname, tgfoid::regproc::text FROM pg_trigger"
        " WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgtype & 32 <> 0",
        [table],
    )
    for trigger, function in cursor.fetchall():
        cursor.execute(
            f'CREATE TRIGGER "{trigger}" BEFORE TRUNCATE ON "{name}"'
            f" FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
        )
