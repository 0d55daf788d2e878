"""The kinds of evidence that a life holds, as a filter."""

from typing import Any

from cases.casefile.address import Address
from cases.casefile.life import Life
from cases.casefile.telling import kind_name


def kinds_shown(life: Life, address: Address) -> dict[str, Any]:
    """Each kind with how much of it there is in the whole life, most first."""
    counts: dict[str, int] = {}
    lanes: dict[str, str] = {}
    for strand, total in life.totals.items():
        counts[strand.kind] = counts.get(strand.kind, 0) + total.items
        lanes.setdefault(strand.kind, strand.lane)
    rows = [
        {
            "kind": kind,
            "words": kind_name(kind),
            "lane": lanes[kind],
            "count": count,
            "shown": kind not in address.without,
            "toggle_url": str(address.toggled_kind(kind)),
            "only_url": str(address.only_kind(kind, counts)) if len(counts) > 1 else "",
        }
        for kind, count in sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    ]
    left_out = sum(not row["shown"] for row in rows)
    return {
        "rows": rows,
        "words": f"{len(rows) - left_out} of {len(rows)} kinds" if left_out else "All kinds",
        "filtered": bool(left_out),
        "all_url": str(address.with_every_kind()) if address.without else "",
    }
