"""What a reviewer may say to the person, proposed by outcome, ground and language."""

import tomllib
from functools import cache
from pathlib import Path

_DEFAULT = "DEFAULT"


@cache
def reasons() -> dict[str, dict[str, dict[str, str]]]:
    """`reasons.toml`, by language, outcome and ground; translators edit it."""
    with (Path(__file__).parent / "reasons.toml").open("rb") as file:
        return tomllib.load(file)


def reason_for(*, outcome: str, ground: str, language: str) -> str:
    """A sentence for somebody whose appeal came to `outcome`; empty for no outcome we know."""
    by_ground = reasons()[language].get(outcome, {})
    return by_ground.get(ground) or by_ground.get(_DEFAULT, "")
