"""What is kept sealed under an account's key, as pages read it: of somebody erased, too."""

from collections.abc import Callable

from reviewapp.kernel.encryption import Erased

ERASED = "erased"


def words_of(read: Callable[[], str]) -> str:
    """What `read` unseals; that there were words and they are erased, once the person is."""
    try:
        return read()
    except Erased:
        return ERASED
