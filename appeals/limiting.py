"""How often somebody may write to us.

# Note [What is counted]

Three things, each for what it can do harm with. An account may open few appeals a day: there is one
at a time, and what joins it is counted apart, so that an honest person who remembers something
has not used up what lets them. A contact may open few tickets a day, whatever accounts they name;
what joins an open one is not counted again. An address pays for everything that comes from it, for
it is a place and may be many people's: its limit is wide, and its window short.

A sender may mail often, answers included, for that somebody writes is no reason to miss it; but a
machine that answers each mail of ours stops being heard.

What colleagues type in from letters is not counted, nor is what a machine sends again.
"""

from datetime import datetime, timedelta

from appeals.models.tickets import contact_index
from cases.models import Account
from reviewapp.kernel import encryption
from reviewapp.kernel.refusals import Refused
from reviewapp.web.allowances import Limit, spend

DAY = timedelta(days=1)
APPEALS_OF_ACCOUNT = 5
REPEATS_OF_ACCOUNT = 10
GRIEVANCES_OF_ACCOUNT = 10
TICKETS_OF_CONTACT = 20
MAILS_OF_SENDER = 30
VISITS_OF_ADDRESS, HOUR = 60, timedelta(hours=1)


class TooManyRequests(Refused):
    """We have heard from you very often in a short time. What you sent before has reached us;
    please wait before you send more.
    """

    def __init__(self, *, wait: float) -> None:
        """`wait` is in how many seconds to come back."""
        super().__init__()
        self.wait = wait


def of_appeals(account: Account) -> Limit:
    return Limit(f"appeals:account:{account.pk}", APPEALS_OF_ACCOUNT, DAY)


def of_repeats(account: Account) -> Limit:
    return Limit(f"appeals:repeats:{account.pk}", REPEATS_OF_ACCOUNT, DAY)


def of_grievances(account: Account) -> Limit:
    return Limit(f"grievances:account:{account.pk}", GRIEVANCES_OF_ACCOUNT, DAY)


def of_contact(contact: str) -> list[Limit]:
    """None where there is no contact."""
    if not contact.strip():
        return []
    return [Limit(f"tickets:contact:{contact_index(contact).hex()}", TICKETS_OF_CONTACT, DAY)]


def of_sender(sender: str) -> list[Limit]:
    """Of mails from one address; those that name no address share one."""
    return [Limit(f"mails:sender:{contact_index(sender).hex()}", MAILS_OF_SENDER, DAY)]


def of_address(address: str) -> list[Limit]:
    """None where it is not known. `address` is an IP address or a network's prefix."""
    if not address:
        return []
    index = encryption.blind_index(address, purpose="appeals.address")
    return [Limit(f"tickets:address:{index.hex()}", VISITS_OF_ADDRESS, HOUR)]


def count(*limits: Limit, at: datetime) -> None:
    """Count one visit of each, in the caller's transaction. Raises TooManyRequests."""
    wait = spend(*limits, now=at) if limits else 0
    if wait:
        raise TooManyRequests(wait=wait)
