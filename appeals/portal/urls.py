from django.urls import path, register_converter

from appeals.portal import decisions, entering, tickets
from appeals.portal.words import LANGUAGES


class Language:
    """A language that the portal speaks."""

    regex = "|".join(LANGUAGES)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Language, "language")

app_name = "portal"

urlpatterns = [
    path("", entering.door, name="door"),
    path("<language:language>/", entering.entrance, name="entrance"),
    path("<language:language>/codes/<uuid:challenge>/", entering.code, name="code"),
    path("<language:language>/links/<str:token>/", entering.link, name="link"),
    path("<language:language>/leaving/", entering.leaving, name="leaving"),
    path("<language:language>/decisions/", decisions.decisions, name="decisions"),
    path("<language:language>/decisions/<str:ref>/", decisions.decision, name="decision"),
    path("<language:language>/tickets/<str:ref>/", tickets.ticket, name="ticket"),
    path(
        "<language:language>/tickets/<str:ref>/statements/", tickets.statements, name="statements"
    ),
    path(
        "<language:language>/tickets/<str:ref>/withdrawal/", tickets.withdrawal, name="withdrawal"
    ),
    path("<language:language>/<path:rest>", entering.missing, name="missing"),
    path("<path:rest>", entering.door),
]
