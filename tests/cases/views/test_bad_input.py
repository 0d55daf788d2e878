"""What no page of ours sends: hostile addresses and forms are refused, and never break a page.

The addresses are those of the console, all of them; the forms are those that its pages show, read
from the pages as a browser reads them, filled in plausibly and sent with one field at a time wrong.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from itertools import product
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern

from cases import approving, bulking, claiming, clearing, deciding, escalating, saving
from cases.models import AccountLink
from cases.urls import urlpatterns as of_cases
from reviewapp.reports.urls import urlpatterns as of_reports
from tests.cases.factories import clause, make_case, make_enforcement, make_evidence, verdict
from tests.conftest import NOON
from tests.factories import create_user

pytestmark = pytest.mark.django_db

# No text, no number, no time, no place and no choice of ours.
HOSTILE = [
    "a\x00b",
    "²",
    "9" * 5_000,
    "0001-01-01",
    "9999-12-31T23:59:59-14:00",
    "C-\u202e4F7K2M",
    "NOT_A_CHOICE",
]
# One of each manner, where there is much to try them on.
FEW = ["a\x00b", "²", "9" * 20]
DAYS = ["a\x00b", "0001-01-01", "9999-12-31"]
ELSEWHERE = [
    "//elsewhere.example/",
    "/\\elsewhere.example/",
    "/\t/elsewhere.example/",
    "https://elsewhere.example/",
    "http://[",
    "javascript:alert(1)",
    "cases:home",
    "home",
    "%00\r\nSet-Cookie: a=b",
    "a\x00b",
]
# What the addresses of lists, of timelines and of live parts ask for.
OF_LISTS = [
    *("after", "q", "queue", "detector", "alone", "holder", "due", "stage", "policy", "score"),
    *("age", "country", "surface", "contested", "state", "order", "since"),
]
OF_LOGS = ["after", "from", "to", "kind", "outcome", "maker", "actor", "account", "case"]
OF_LIVES = ["from", "to", "hide", "without", "at", "item", "show", "after", "before"]
OF_LIVE_PARTS = ["detections", "items", "notes", "state", "form"]
PARAMETERS = {*OF_LISTS, *OF_LOGS, *OF_LIVES, *OF_LIVE_PARTS, "family", "soon", "page", "next"}
# Beside a verdict of no violation, which hides these.
A_BAN = {"outcome": "VIOLATION", "action": "TEMPORARY_BAN", "days": "date"}
OF_A_BAN = {*A_BAN, "ends_on", "clauses", "reason_shown", "locale"}
HTMX = {"HX-Request": "true"}
OWN_HOST = {"", "testserver"}
REFUSED = {400, 403, 404, 405, 409, 422}
ANSWERED = {200, 302, 304, *REFUSED}
PATTERNS = [*of_cases, *of_reports]


class TestAHostileAddress:
    """Lena, who leads and administers, has one of everything there is."""

    @pytest.fixture(autouse=True)
    def _console(self, console):
        self.client, self.things = console

    @pytest.mark.parametrize("hostile", HOSTILE)
    def test_breaks_no_page(self, hostile):
        query = urlencode(dict.fromkeys(PARAMETERS, hostile))
        for pattern in PATTERNS:
            page = sent(self.client.get, f"{self.things.path(pattern)}?{query}")

            assert page.status_code in (REFUSED if "\x00" in hostile else ANSWERED), pattern
            assert host_of(page) in OWN_HOST, pattern

    def test_breaks_no_list_by_any_one_parameter(self):
        case, account = self.things.case.ref, self.things.case.account.ref
        asked = {
            "/queues/": OF_LISTS,
            "/queues/arrivals/": OF_LISTS,
            "/decisions/": OF_LOGS,
            f"/cases/{case}/": OF_LIVES,
            f"/accounts/{account}/": OF_LIVES,
            f"/cases/{case}/live/": OF_LIVE_PARTS,
        }
        for address, names in asked.items():
            for name, hostile in product(names, FEW):
                query = urlencode({name: hostile})
                page = sent(self.client.get, f"{address}?{query}", headers=HTMX)

                assert page.status_code in ANSWERED, (address, name, hostile)

    @pytest.mark.parametrize("hostile", FEW)
    def test_names_nothing(self, hostile):
        """A ref, a number or a name in the path."""
        for pattern in PATTERNS:
            names = pattern.pattern.converters
            path = self.things.path(pattern, **dict.fromkeys(names, hostile))
            for ask in (self.client.get, self.client.post) if names else ():
                assert sent(ask, path).status_code in REFUSED, path

    @pytest.mark.parametrize("header", ["http://[", "//[", "http://testserver/\u20ac", "\\"])
    def test_of_the_page_that_asks_is_passed_over(self, header):
        url = f"/cases/{self.things.case.ref}/live/?items=0"

        for client in (self.client, Client()):
            page = sent(client.get, url, headers=HTMX | {"HX-Current-URL": header})

            assert page.status_code == 200
            assert host_of(page) in OWN_HOST

    def test_in_a_cookie_names_no_session(self):
        self.client.cookies["sessionid"] = "\x00" * 9

        assert self.client.get("/").status_code == 400


class TestAHostileForm:
    """The same Lena fills in each form of each page, with one field wrong."""

    @pytest.fixture(autouse=True)
    def _console(self, console):
        self.client, self.things = console

    @pytest.mark.parametrize("hostile", FEW)
    def test_that_no_page_has_breaks_nothing(self, hostile):
        names = {*PARAMETERS, "then", "previewed", "seal", "step", "back", "seen_version"}
        for pattern in PATTERNS:
            page = sent(self.client.post, self.things.path(pattern), dict.fromkeys(names, hostile))

            assert page.status_code in ANSWERED, pattern
            assert host_of(page) in OWN_HOST, pattern

    def test_of_each_page_breaks_nothing(self):
        reached = set()
        for form in self.things.forms(self.client):
            reached.add(form.action)
            for name in form.tried:
                value = form.fields[name]
                for hostile in DAYS if value.startswith("2026-") else FEW:
                    page = sent(self.client.post, form.action, {**form.fields, name: hostile})

                    assert page.status_code in ANSWERED, (form.action, name, hostile)
                    assert host_of(page) in OWN_HOST, (form.action, name, hostile)

        assert len(reached) > 30

    @pytest.mark.parametrize("number", ["²", "9" * 20, "9" * 5_000, "-1", "1.0", ""])
    def test_breaks_nothing_by_a_number_within_a_value(self, number):
        case, bulk = self.things.case, {"outcome": "NO_VIOLATION", "confidence": "LOW"}
        item = f"{number}:00000000-0000-0000-0000-000000000000:2026-03-10T12:00:00Z"
        for address, typed in {
            "/bulks/": {"case": f"{case.ref}@{number}", "rationale": "One campaign.", **bulk},
            "/bulks/impact/": {"case": f"{case.ref}@{number}", **bulk},
            "/queues/routing/draft/": {"step": f"up:{number}"},
            f"/cases/{case.ref}/decision/": {"evidence": item},
            f"/cases/{case.ref}/decision/preview/": {"evidence": item, "seen_version": number},
        }.items():
            assert sent(self.client.post, address, typed).status_code in ANSWERED, address

    @pytest.mark.parametrize("back", ELSEWHERE)
    @pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
    def test_leads_nowhere_but_back_to_what_it_is_about(self, back, headers):
        account = self.things.case.account.ref
        for what in ("phone", "content"):
            typed = {"purpose": "DECIDING", "back": back}
            page = sent(self.client.post, f"/accounts/{account}/{what}/", typed, headers=headers)

            assert goes_to(page) == f"/accounts/{account}/"

    def test_is_held_against_the_choices_of_its_page(self):
        case = self.things.case
        typed = {
            "seen_version": case.version,
            "outcome": "NO_VIOLATION",
            "rationale": "Nothing there.",
        }
        answers = [
            sent(self.client.post, f"/cases/{case.ref}/decision/", typed | {"confidence": each})
            for each in ("11", "HIGH")
        ]

        assert [each.status_code for each in answers] == [422, 302]


def sent(ask: Any, path: str, *args: Any, **kwargs: Any) -> Any:
    """The answer; whatever it wrote is gone, so that the next one finds what this one found."""
    with transaction.atomic():
        page = ask(path, *args, **kwargs)
        if page.streaming:
            b"".join(page.streaming_content)
        transaction.set_rollback(True)
    return page


def goes_to(page: Any) -> str:
    found: str = page.headers.get("Location") or page.headers.get("HX-Redirect") or ""
    return found


def host_of(page: Any) -> str:
    return urlsplit(goes_to(page)).netloc


@pytest.fixture
def console(ada, lena, signed_in) -> "tuple[Client, Things]":
    lena.roles = ["LEAD", "ADMIN"]
    lena.save()
    things = Things(lena, ada, create_user(name="Zoe"))
    return signed_in(lena), things


class Things:
    """One of everything that the console has a page for."""

    def __init__(self, lena: Any, ada: Any, zoe: Any) -> None:
        self.case = make_case()
        account = self.case.account
        make_evidence(account=account)
        claiming.take(case=self.case, by=lena, now=NOON)
        self.free = make_case()
        self.asked = make_case(policy="CHILD_SAFETY")
        claiming.take(case=self.asked, by=ada, now=NOON)
        approving.decide_or_propose(
            case=self.asked, by=ada, at=NOON, effective_at=None,
            **verdict(self.asked, action="RATE_LIMIT", clauses=[clause("CHILD_SAFETY")]),
        )  # fmt: skip
        self.escalated = make_case()
        claiming.take(case=self.escalated, by=ada, now=NOON)
        escalating.escalate(case=self.escalated, by=ada, words="Please look.", at=NOON)
        self.theirs = make_case()
        claiming.take(case=self.theirs, by=zoe, now=NOON)
        self.decided = make_case()
        claiming.take(case=self.decided, by=lena, now=NOON)
        harmless = {"outcome": "NO_VIOLATION", "action": "", "clauses": [], "reason": ""}
        deciding.decide(
            case=self.decided, by=lena, at=NOON, effective_at=NOON + timedelta(minutes=1),
            **verdict(self.decided, **harmless),
        )  # fmt: skip
        self.clearing = clearing.protect(
            account=self.free.account,
            terms=clearing.Terms("", NOON + timedelta(days=30), 0.15, "A pharmacy."),
            by=lena,
            at=NOON,
            seen_at=NOON,
        )
        self.link = AccountLink.objects.create(
            account=account, kind="device", value_sealed=b"", value_index=b"1", seen_at=NOON
        )
        self.saved = saving.save(owner=lena, name="Old", query="age=over-1d", shared=True, at=NOON)
        self.bulk = bulking.ask(
            cases=[(make_case(), 0)],
            excepted=[],
            verdict=bulking.BulkVerdict(
                outcome="VIOLATION", action="WARN", lasts=None, until=None,
                clauses=[clause("BULK_MESSAGING")], rationale="One campaign.", reason="",
                confidence="HIGH",
            ),
            by=lena, at=NOON, approval_size=1,
        )  # fmt: skip
        self.cases = [
            *(self.case, self.free, self.asked, self.escalated, self.theirs, self.decided),
        ]
        self.failed = make_enforcement(account=self.free.account, state="FAILED")
        self.detector = self.case.detections.get().detector.name

    def path(self, pattern: URLPattern, **instead: str) -> str:
        """The address of `pattern`, of what there is or of what is said `instead`."""
        route = str(pattern.pattern)
        named = {
            "slug": self.case.queue.slug,
            "name": self.detector,
            "ref": {
                "cases": self.case.ref,
                "bulks": self.bulk.ref,
                "accounts": self.case.account.ref,
                "enforcements": self.failed.ref,
            }.get(route.split("/")[0], "N-00000"),
            "number": {
                "clearings": self.clearing.pk,
                "accounts": self.link.pk,
                "queues": 1 if "routing" in route else self.saved.pk,
            }.get(route.split("/")[0], 1),
        }
        filled = re.sub(
            r"<(?:\w+:)?(\w+)>", lambda found: _quoted((named | instead)[found[1]]), route
        )
        return f"/{filled}"

    def forms(self, client: Client) -> "Iterator[Form]":
        """The forms on the pages of all this, each once."""
        pages = [
            *("/", "/queues/?age=over-3d", "/preferences/", "/queues/saved/", "/queues/settings/"),
            f"/queues/{self.case.queue.slug}/settings/",
            *("/queues/routing/", "/queues/routing/rules/", "/queues/routing/rules/1/"),
            *(f"/cases/{case.ref}/" for case in self.cases),
            f"/cases/{self.case.ref}/merging/",
            *(f"/accounts/{self.free.account.ref}/", f"/accounts/{self.case.account.ref}/"),
            *(f"/clearings/{self.clearing.pk}/", f"/bulks/{self.bulk.ref}/"),
            *("/enforcements/", "/detectors/"),
        ]
        drawn = [(page, client.get(page)) for page in pages]
        chosen = {"case": [self.free.ref, self.case.ref]}
        drawn.append(("/bulks/preview/", client.post("/bulks/preview/", chosen)))
        seen = set()
        for address, page in drawn:
            for form in forms_on(page.content.decode()):
                form.action = form.action or address
                # Which case it is about makes no difference to what may be typed.
                like = re.sub(r"[A-Z]-\w+", "", form.action), frozenset(form.fields)
                if like not in seen and not form.action.startswith("/staff/"):
                    seen.add(like)
                    form.tried = list(form.fields)
                    yield form
                    if "outcome" in form.fields:
                        form.fields |= A_BAN
                        form.tried = [name for name in form.fields if name in OF_A_BAN]
                        yield form


def _quoted(value: Any) -> str:
    return urlencode({"": str(value)}).removeprefix("=").replace("+", "%20")


class Form:
    """What a browser would send of a form that somebody filled in."""

    def __init__(self, action: str) -> None:
        self.action = action
        self.fields: dict[str, Any] = {}
        # Those to be sent wrong.
        self.tried: list[str] = []

    def add(self, name: str, value: str, *, kind: str, chosen: bool) -> None:
        plausible = {"date": "2026-04-01", "number": "3"}.get(kind, "A few words.")
        if kind in {"hidden", "checkbox", "radio", "option", "submit"}:
            plausible = value
        if chosen or not self.fields.get(name):
            self.fields[name] = value or plausible


class _Reading(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._by_id: dict[str, Form] = {}
        self._within: Form | None = None
        self._select: tuple[Form, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        had = {name: value or "" for name, value in attrs}
        if tag == "form":
            form = self._by_id.setdefault(had.get("id", f"-{len(self.forms)}"), Form(""))
            self._within = None
            if had.get("method", "").lower() == "post":
                form.action, self._within = had.get("action", ""), form
                self.forms.append(form)
        owner = self._by_id.setdefault(had["form"], Form("")) if "form" in had else self._within
        name = had.get("name", "")
        if owner is None or name == "csrfmiddlewaretoken":
            return
        if tag == "select" and name:
            self._select = (owner, name)
        elif tag == "option" and self._select:
            form, name = self._select
            form.add(name, had.get("value", ""), kind="option", chosen="selected" in had)
        elif tag in {"input", "textarea", "button"} and name:
            kind = had.get("type", "submit" if tag == "button" else "text")
            owner.add(name, had.get("value", ""), kind=kind, chosen="checked" in had)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._within = None
        if tag == "select":
            self._select = None


def forms_on(page: str) -> list[Form]:
    """The forms of `page` that are sent by POST."""
    reading = _Reading()
    reading.feed(page)
    return reading.forms
