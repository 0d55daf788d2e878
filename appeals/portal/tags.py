"""Template tags of the portal: `{% load words %}`.

The language is the context's `language`; what is filled in is escaped together with the words.
"""

from typing import Any

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString

from appeals.portal.words import say as words_of

register = template.Library()


@register.simple_tag(takes_context=True)
def say(context: dict[str, Any], key: str, **values: object) -> SafeString:
    """The words of `key`: `{% say "ticket.number" ref=ticket.ref %}`."""
    return escape(words_of(context["language"], key, **values))


@register.simple_tag(takes_context=True)
def say_of(context: dict[str, Any], *keys: str) -> SafeString:
    """The words of a key that is put together: `{% say_of "states" ticket.state %}`."""
    return escape(words_of(context["language"], ".".join(keys)))
