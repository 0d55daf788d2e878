"""The words of the portal in each language, and which language somebody is shown.

# Note [The language is in the address]

Every page of the portal stands under `/review/<language>/`: the choice needs no cookie, a link says
it, and each language has an address of its own. Only who comes without one is asked what their
browser prefers. `?lang=` goes before that, so that others may link here in a language.
"""

from functools import cache
from pathlib import Path

from django.http import HttpRequest
from django.utils.translation.trans_real import parse_accept_lang_header

from appeals import wording

LANGUAGES = tuple(wording.LOCALES)
FOLDER = Path(__file__).parent / "words"


@cache
def words(language: str) -> dict[str, str]:
    """Everything that the portal says in `language`, by dotted key. Translators edit the file."""
    return wording.read(FOLDER / f"{language}.toml")


def say(language: str, key: str, **values: object) -> str:
    """The words of `key` in `language`, filled in. They are text: who shows them escapes them."""
    return words(language)[key].format(**values)


def preferred(request: HttpRequest) -> str:
    """The language to speak to whoever did not come to one. See Note [The language is in the
    address].
    """
    accepted = parse_accept_lang_header(request.headers.get("Accept-Language", "").lower())
    for locale in [request.GET.get("lang", ""), *(each for each, _ in accepted)]:
        language = locale.replace("_", "-").partition("-")[0].lower()
        if language in LANGUAGES:
            return language
    return "en"
