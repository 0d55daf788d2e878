"""A person's browser, as far as a story needs one: pages, forms, links, over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpx


class Lost(Exception):
    """The page is not the one that a person would have expected here."""


@dataclass
class Form:
    """A form of a page: where it goes, what it would send, and what can be chosen in it."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select = ""
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(attributes.get("action", ""), attributes.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is None:
            return
        elif tag == "input":
            self._input(self._form, attributes)
        elif tag == "select":
            self._select = attributes.get("name", "")
        elif tag == "option" and self._select:
            value = attributes.get("value", "")
            self._form.choices.setdefault(self._select, []).append(value)
            if "selected" in attributes or self._select not in self._form.values:
                self._form.values[self._select] = [value]
        elif tag == "textarea":
            self._area = attributes.get("name", "")
            self._form.values[self._area] = [""]

    def _input(self, form: Form, attributes: dict[str, str]) -> None:
        name, kind = attributes.get("name", ""), attributes.get("type", "text")
        value = attributes.get("value", "on" if kind == "checkbox" else "")
        if not name or kind in {"submit", "button", "image", "reset"}:
            return
        if kind in {"radio", "checkbox"}:
            form.choices.setdefault(name, []).append(value)
            if "checked" in attributes:
                form.values.setdefault(name, []).append(value)
        else:
            form.values[name] = [value]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area and self._form is not None:
            self._form.values[self._area] = [self._form.values[self._area][0] + data]


class Browser:
    """Follows links and sends forms as a person does, with cookies and without JavaScript."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(
            base_url=url, timeout=60, follow_redirects=True, trust_env=False
        )
        self.text = ""
        self.path = ""
        self.forms: list[Form] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def open(self, path: str) -> str:
        return self._took(self._client.get(path))

    def send(self, form: Form, changed: Mapping[str, str | list[str]]) -> str:
        """Fill in and send one of the page's forms."""
        values = dict(form.values)
        for name, value in changed.items():
            values[name] = value if isinstance(value, list) else [value]
        where = urljoin(str(self._client.base_url.join(self.path)), form.action)
        return self._took(
            self._client.request(
                form.method.upper(), where, data=values, headers={"Referer": where}
            )
        )

    def form(self, ending: str) -> Form:
        """The first form of this page whose address ends so. Raises Lost."""
        for form in self.forms:
            if form.action.partition("?")[0].endswith(ending):
                return form
        raise Lost(f"{self.path} has no form that goes to …{ending}.")

    def has_form(self, ending: str) -> bool:
        """Whether this page has a form whose address ends so."""
        return any(form.action.partition("?")[0].endswith(ending) for form in self.forms)

    def download(self, path: str, *, media_type: str) -> bytes:
        answer = self._client.get(path)
        found = answer.headers.get("content-type", "").partition(";")[0]
        if answer.status_code != 200 or found != media_type:
            raise Lost(f"{path} answered {answer.status_code} with {found}.")
        return answer.content

    def sign_in(self, email: str, password: str) -> None:
        self.open("/staff/login/")
        self.send(self.form("/staff/login/"), {"login": email, "password": password})
        if self.path.startswith("/staff/login"):
            raise Lost(f"{email} could not sign in.")

    def _took(self, answer: httpx.Response) -> str:
        if answer.status_code >= 500:
            raise Lost(f"{answer.url.path} answered {answer.status_code}.")
        self.text, self.path = answer.text, answer.url.path
        reader = _Forms()
        reader.feed(answer.text)
        self.forms = reader.forms
        return self.text
