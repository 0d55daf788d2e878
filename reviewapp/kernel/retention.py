"""How long personal fields are kept: `reviewapp/retention.toml`, and the check that obeys it."""

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import models

PATH = Path(__file__).resolve().parent.parent / "retention.toml"

# A field whose name holds one of these words is personal until somebody says why it is not.
_WORDS = frozenset(
    {
        *("address", "answer", "attributes", "birth", "contact", "counterpart", "data", "email"),
        *("external", "index", "ip", "message", "name", "particulars", "password", "phone"),
        *("repr", "sealed"),
    }
)
_KINDS = (models.EmailField, models.GenericIPAddressField)
_NEVER = (models.DateField, models.IntegerField, models.BooleanField)


@cache
def read() -> dict[str, dict[str, Any]]:
    """retention.toml: its `terms`, the `fields` that have one, and what is `not_personal`."""
    return tomllib.loads(PATH.read_text())


def personal_fields() -> Iterator[str]:
    """Every stored field that looks personal, as `app.Model.field`."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.local_fields:
            if field.is_relation or isinstance(field, _NEVER):
                continue
            if isinstance(field, _KINDS) or not _WORDS.isdisjoint(field.name.split("_")):
                yield f"{model._meta.label}.{field.name}"


@register(Tags.models)
def every_personal_field_has_a_term(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """No personal field is stored without a word on how long, why, and how it is erased."""
    return problems(read(), personal=sorted(personal_fields()))


def problems(policy: dict[str, dict[str, Any]], *, personal: list[str]) -> list[CheckMessage]:
    """What `policy` fails to say about the fields in `personal`, and what it says of no field."""
    terms, fields = policy.get("terms", {}), policy.get("fields", {})
    excused = policy.get("not_personal", {})
    found: list[CheckMessage] = []
    missing = [each for each in personal if each not in fields and each not in excused]
    if missing:
        lines = "\n".join(f'"{each}" = "{next(iter(terms), "account")}"' for each in missing)
        found.append(
            Error(
                f"{len(missing)} personal field(s) have no retention term.",
                hint=f"Add to [fields] in {PATH.name}, each with the term that fits, or to "
                f"[not_personal] with a reason:\n{lines}",
                id="kernel.E001",
            )
        )
    found += [
        Error(f"{PATH.name} speaks of {each}, which is not stored.", id="kernel.E002")
        for each in sorted({*fields, *excused} - set(personal))
    ]
    found += [
        Error(f"{each} has the term {term!r}, which is none.", id="kernel.E003")
        for each, term in sorted(fields.items())
        if term not in terms
    ]
    found += [
        Error(f"The term {name!r} must say counted_from, why and erased.", id="kernel.E004")
        for name, term in terms.items()
        if not all(term.get(word) for word in ("counted_from", "why", "erased"))
    ]
    return found
