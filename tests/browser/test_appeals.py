"""The desk of appeals in a real browser: its main job by keyboard, accessible in both schemes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from appeals import asking, attaching, claiming, proposing
from appeals.enums import Ground
from appeals.models import Appeal, AppealDecision
from cases.platform import FakePlatform
from reviewapp.staff.models import User
from tests.appeals.factories import make_appeal, make_grievance, say
from tests.appeals.reviewed import ADDRESS, answer, ban, deliver
from tests.appeals.test_attaching import letter
from tests.browser.keyboard import press
from tests.cases.factories import clause, identity, make_account, make_detection, make_evidence
from tests.factories import create_user

pytestmark = pytest.mark.django_db(transaction=True)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def noor(db: None) -> User:
    return create_user(name="Noor", roles=["APPEALS"])


def appeal_of_a_heavy_sender(ada: User, platform: FakePlatform, **fields: Any) -> Appeal:
    """Ada banned somebody who only wrote to customers; they said so, with a letter."""
    now = timezone.now()
    account = make_account(at=now - 60 * DAY, locale=fields.pop("locale", "en"))
    item = make_evidence(
        account=account, kind="message.batch", count=60, recipients=58, strangers=3,
        at=now - 2 * DAY,
    )  # fmt: skip
    decision = ban(ada, account=account, at=now - 2 * DAY, cited=[identity(item)])
    deliver(platform, now - 2 * DAY)
    make_detection(account=account, version="2.0", at=now - DAY)
    enforcement = decision.enforcements.get()
    appeal = make_appeal(
        account=account, enforcement=enforcement, at=now - DAY, barred=[ada.pk], contact=ADDRESS,
        identity_checked_at=now - DAY, ground=Ground.RECIPIENTS_CONSENTED,
        text="All of them asked me to write.\nThe list is attached.", **fields,
    )  # fmt: skip
    with attaching.kept([letter("customers.txt")], at=now) as files:
        files.attach(statement=appeal.statements.get(), at=now, by="person")
    return appeal


class TestTheMainJobOfTheDesk:
    """Noor takes the next appeal, reads, looks at what would follow, and frees the account."""

    def test_goes_from_the_queue_to_the_platform_by_keyboard(
        self, page: Page, enter: Callable[[User], None], ada: User, noor: User
    ) -> None:
        platform = FakePlatform()
        appeal = appeal_of_a_heavy_sender(ada, platform, locale="hi")
        enter(noor)
        page.goto("/appeals/")

        press(page, "n")
        expect(page.get_by_role("heading", name="What was decided")).to_be_visible()
        expect(page.get_by_text("All of them asked me to write.")).to_be_visible()
        press(page, "2")
        # In the language that the person reads, by the ground that they gave.
        expect(page.get_by_label("What the person is told")).to_have_value(
            "जिन लोगों को आपने लिखा, वे आपसे सुनने के लिए सहमत थे।"
        )
        press(page, "c")
        page.keyboard.type("New")
        press(page, "Escape")
        page.evaluate("document.activeElement.blur()")
        press(page, "i")
        page.keyboard.type("The list is real.")
        press(page, "Escape")
        press(page, "p")
        expect(page.locator("#review-preview")).to_contain_text("enforcement.lifted")
        expect(page.locator("#review-preview")).to_contain_text("जिन लोगों को आपने लिखा")
        press(page, "S")

        expect(page.locator("#reviewed")).to_contain_text("Reversed")
        made = AppealDecision.objects.get(appeal=appeal)
        assert (made.cause, made.decided_by) == ("NEW_INFORMATION", noor)
        deliver(platform, timezone.now())
        assert platform.standing[appeal.account.external_id] == []
        page.reload()
        expect(page.locator("#reviewed")).to_contain_text("Applied")

    def test_asks_the_person_by_keyboard(
        self, page: Page, enter: Callable[[User], None], ada: User, noor: User
    ) -> None:
        appeal = appeal_of_a_heavy_sender(ada, FakePlatform())
        enter(noor)
        page.goto(f"/appeals/{appeal.ref}/")

        press(page, "t")
        expect(page.get_by_role("heading", name="Answer", exact=True)).to_be_visible()
        press(page, "q")
        page.keyboard.type("Since when do you have this number?")
        press(page, "Control+Enter")

        expect(page.get_by_text(f"{appeal.ref} waits for the person's answer.")).to_be_visible()
        page.goto(f"/appeals/{appeal.ref}/")
        expect(page.get_by_text("Since when do you have this number?")).to_be_visible()

    def test_works_without_scripts(
        self, chromium: Any, live_server: Any, enter: Any, context: Any, ada: User, noor: User
    ) -> None:
        appeal = appeal_of_a_heavy_sender(ada, FakePlatform())
        enter(noor)
        plain = chromium.new_context(
            base_url=live_server.url,
            java_script_enabled=False,
            storage_state=context.storage_state(),
        )
        page = plain.new_page()
        page.goto(f"/appeals/{appeal.ref}/")
        page.get_by_role("button", name=f"Take {appeal.ref}").click()
        page.get_by_label("Original decision upheld").check()
        page.get_by_text("What the person and the platform get").first.click()
        page.get_by_role("button", name="Show it for what is chosen").click()
        expect(page.locator("#review-preview")).to_contain_text("The decision stays as it is")
        page.get_by_role("button", name="Decide", exact=False).last.click()

        expect(page.locator("#reviewed")).to_contain_text("Original decision upheld")
        plain.close()


class TestEveryPageOfTheDesk:
    """In every state that an appeal can be in."""

    @pytest.fixture
    def pages(self, ada: User, noor: User, lena: User) -> list[str]:
        platform, now = FakePlatform(), timezone.now()
        free, mine, asked, proposed, answered = (
            appeal_of_a_heavy_sender(ada, platform) for _ in range(5)
        )
        for each in (mine, asked, answered):
            claiming.take(ticket=each, by=noor, at=now)
        say(mine, text="और एक बात।", kind="REPEATED", at=now)
        make_grievance(
            account=mine.account, appeal=mine, state="IN_APPEAL", category="BAN_APPEAL",
            at=now - DAY,
        )  # fmt: skip
        asking.ask(ticket=asked, by=noor, text="To whom did you write?", at=now)
        rule = clause("BULK_MESSAGING")
        rule.pk, rule._state.adding = None, True
        rule.version, rule.effective_from = rule.version + 1, now - HOUR
        rule.reversal_needs_approval = True
        rule.save()
        claiming.take(ticket=proposed, by=noor, at=now)
        proposing.propose(appeal=proposed, by=noor, at=now, **answer(proposed))
        stands = {"outcome": "ORIGINAL_DECISION_UPHELD", "cause": ""}
        proposing.decide_or_propose(appeal=answered, by=noor, at=now, **answer(answered, **stands))
        return [
            "/appeals/",
            "/appeals/?state=closed",
            *(f"/appeals/{each.ref}/" for each in (free, mine, asked, proposed, answered)),
        ]

    def test_is_accessible_and_no_wider_than_a_telephone(
        self, page: Page, enter: Callable[[User], None], pages: list[str],
        accessible: Callable[..., None], noor: User, lena: User,
    ) -> None:  # fmt: skip
        for person, addresses in ((noor, pages), (lena, ["/appeals/proposals/", pages[5]])):
            enter(person)
            for address in addresses:
                page.goto(address)
                accessible(page)
                page.set_viewport_size({"width": 375, "height": 800})
                wide = page.evaluate("document.documentElement.scrollWidth")
                assert wide <= 375, f"{address} is {wide} wide"
                page.set_viewport_size({"width": 1280, "height": 800})
