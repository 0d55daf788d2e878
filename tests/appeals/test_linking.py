from datetime import timedelta

import pytest
from django.urls import resolve

from appeals import linking
from appeals.linking import LinkExpired, LinkForged
from cases import notifying
from cases.models import Enforcement, Notification
from cases.platform import FakePlatform
from reviewapp.kernel.refs import next_refs
from tests.appeals.factories import make_appeal
from tests.cases.factories import NOON, make_account, make_enforcement

pytestmark = pytest.mark.django_db

# A rule of the house gives half a year where no law says otherwise.
WINDOW_ENDS = NOON.replace(month=9)


def token_of(link: str) -> str:
    return link.rstrip("/").rpartition("/")[2]


def tell(enforcement: Enforcement, *, at=NOON, locale: str = "hi") -> Notification:
    """A notification of `enforcement`, as the platform was sent it."""
    account = enforcement.account
    return Notification.objects.create(
        ref=next_refs("N")[0],
        account=account,
        decision=enforcement.decision,
        enforcement=enforcement,
        locale=locale,
        subject="Banned",
        text_sealed=account.seal("Banned.", context="notification.text"),
        state="REQUESTED",
        due_at=at,
        requested_at=at,
    )


@pytest.fixture
def enforcement() -> Enforcement:
    return make_enforcement(account=make_account(external_id="wa-1", country="BR"))


@pytest.fixture
def link(enforcement: Enforcement) -> str:
    return linking.link_to(enforcement, language="hi")


class TestALink:
    def test_leads_to_the_public_pages_in_the_language_of_the_message(self, link) -> None:
        assert link.startswith("http://localhost:8000/review/hi/links/E-")
        found = resolve(link.removeprefix("http://localhost:8000"))
        assert (found.view_name, found.kwargs["language"]) == ("portal:link", "hi")

    def test_comes_with_the_notification_and_is_the_same_whenever_it_is_sent(
        self, enforcement
    ) -> None:
        platform = FakePlatform()
        notification = tell(enforcement)
        notifying.deliver_due(platform=platform, clock=lambda: NOON)
        (told,) = platform.told["wa-1"]

        assert told["link"] == linking.link_of(notification)
        assert linking.opened(token_of(told["link"]), at=NOON) == enforcement

    def test_is_none_for_a_lift_nor_where_nothing_is_asked_of_the_platform(
        self, enforcement
    ) -> None:
        notification = tell(enforcement)
        notification.enforcement = None
        assert linking.link_of(notification) is None

    def test_opens_its_own_enforcement_and_no_other(self, link, enforcement) -> None:
        other = make_enforcement(account=enforcement.account)
        ref, _, signature = token_of(link).partition(".")

        assert linking.opened(f"{ref}.{signature}", at=NOON) == enforcement
        with pytest.raises(LinkForged):
            linking.opened(f"{other.ref}.{signature}", at=NOON)

    @pytest.mark.parametrize(
        "change",
        [
            lambda token: token[:-1],
            lambda token: token + "A",
            lambda token: token.swapcase(),
            lambda token: token.replace(".", ""),
            lambda token: token.partition(".")[0],
            lambda token: token.partition(".")[0] + ".",
            lambda token: "",
            lambda token: ".",
            lambda token: "E-" + "é" * 2000 + ".ü",
        ],
    )
    def test_opens_nothing_once_it_is_changed(self, link, change) -> None:
        with pytest.raises(LinkForged):
            linking.opened(change(token_of(link)), at=NOON)

    def test_asks_the_database_nothing_when_it_is_forged(
        self, link, django_assert_num_queries
    ) -> None:
        with django_assert_num_queries(0), pytest.raises(LinkForged):
            linking.opened(token_of(link) + "A", at=NOON)


class TestHowLongALinkIsGood:
    """Until the window and the answer are over."""

    def test_is_as_long_as_the_decision_can_be_contested(self, link) -> None:
        assert linking.opened(token_of(link), at=WINDOW_ENDS)

        with pytest.raises(LinkExpired):
            linking.opened(token_of(link), at=WINDOW_ENDS + timedelta(microseconds=1))

    def test_counts_from_when_the_person_was_told(self, link, enforcement) -> None:
        told_at = NOON + timedelta(days=3)
        tell(enforcement, at=told_at)
        notifying.deliver_due(platform=FakePlatform(), clock=lambda: told_at)

        assert linking.opened(token_of(link), at=WINDOW_ENDS + timedelta(days=3))

    def test_is_as_long_as_an_appeal_is_not_answered(self, link, enforcement) -> None:
        make_appeal(enforcement=enforcement)

        assert linking.opened(token_of(link), at=WINDOW_ENDS + timedelta(days=400))

    def test_is_a_month_more_for_reading_the_answer(self, link, enforcement) -> None:
        closed_at = WINDOW_ENDS + timedelta(days=100)
        make_appeal(enforcement=enforcement, state="WITHDRAWN", closed_at=closed_at)

        assert linking.opened(token_of(link), at=closed_at + timedelta(days=29))
        with pytest.raises(LinkExpired):
            linking.opened(token_of(link), at=closed_at + timedelta(days=30))

    def test_is_never_shortened_by_an_answer(self, link, enforcement) -> None:
        make_appeal(enforcement=enforcement, state="WITHDRAWN", closed_at=NOON)

        assert linking.opened(token_of(link), at=WINDOW_ENDS)
