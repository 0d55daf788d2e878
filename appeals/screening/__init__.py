"""Files from strangers: told by their content what they are, and kept only where harmless."""

from appeals.screening.kinds import Kind
from appeals.screening.refusals import FileRefused
from appeals.screening.screening import (
    LARGEST_FILE,
    LARGEST_TOGETHER,
    MOST_FILES,
    Readable,
    Screened,
    Sifted,
    screen,
    screen_all,
    sift,
)

__all__ = [
    "LARGEST_FILE",
    "LARGEST_TOGETHER",
    "MOST_FILES",
    "FileRefused",
    "Kind",
    "Readable",
    "Screened",
    "Sifted",
    "screen",
    "screen_all",
    "sift",
]
