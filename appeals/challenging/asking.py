"""Asking for a code. See Note [What a challenge gives away] in appeals.models.challenges."""

import ipaddress
from datetime import datetime, timedelta

from django.db import transaction

from appeals.models import Challenge
from cases import nudging
from cases.naming import e164
from reviewapp.kernel import encryption
from reviewapp.kernel.refusals import Refused
from reviewapp.web.allowances import Limit, spend

GOOD_FOR = timedelta(minutes=10)
# For so long nobody from the same network is given another code for a number that was answered
# wrongly as often as may be.
PAUSE = timedelta(minutes=15)
LONGEST_NUMBER = 100
# Who is woken: see Note [The broker only nudges] in cases.nudging.
WORKER = "codes"
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


class NoNumber(Refused):
    """Enter a phone number or an account number."""


class NumberTooLong(Refused):
    """This is too long to be a phone number or an account number."""


class TooManyCodes(Refused):
    """Too many codes have been asked for. Try again later."""

    def __init__(self, *, wait: timedelta) -> None:
        super().__init__()
        self.wait = wait


def ask(*, number: str, address: str, at: datetime) -> Challenge:
    """Have a code sent to the account called `number`, if there is one with something to see.

    `number` is a phone number or an account's id on the messenger, `address` the network address
    of whoever asks. Whether there is such an account is not looked at here: for all of them the
    same is asked of the database, and the same written. Raises NoNumber, NumberTooLong and
    TooManyCodes, by what was typed and by how much was asked for alone.
    """
    number = number.strip()
    if not number:
        raise NoNumber
    if len(number) > LONGEST_NUMBER:
        raise NumberTooLong
    number_index = _index(e164(number) or number, "number")
    network_index = _index(_network_of(address), "network")
    challenge = Challenge(
        number_index=number_index,
        network_index=network_index,
        asked_at=at,
        ends_at=at + GOOD_FOR,
        due_at=at,
    )
    challenge.number_sealed = challenge.seal(number, context="challenge.number")
    with transaction.atomic():
        _refuse_in_pause(number_index, network_index, at=at)
        wait = spend(*_limits(number_index, network_index, _index(address, "address")), now=at)
        if wait:
            raise TooManyCodes(wait=timedelta(seconds=wait))
        challenge.save(force_insert=True)
        nudging.on_commit(of=WORKER)
    return challenge


def _refuse_in_pause(number_index: bytes, network_index: bytes, *, at: datetime) -> None:
    spent = (
        Challenge.objects.spent(since=at - PAUSE)
        .filter(number_index=number_index, network_index=network_index)
        .order_by("-tried_at")
        .values_list("tried_at", flat=True)
        .first()
    )
    if spent is not None:
        raise TooManyCodes(wait=spent + PAUSE - at)


def _limits(number: bytes, network: bytes, address: bytes) -> list[Limit]:
    """How often a code may be asked for. Many people share an address where telephones do."""
    return [
        Limit(f"code:number:{number.hex()}:{network.hex()}", most=4, window=_HOUR),
        Limit(f"code:number:{number.hex()}", most=10, window=_HOUR),
        Limit(f"code:number:day:{number.hex()}", most=30, window=_DAY),
        Limit(f"code:address:{address.hex()}", most=20, window=_HOUR),
        Limit(f"code:network:{network.hex()}", most=100, window=_HOUR),
        Limit("code:all", most=20_000, window=_HOUR),
    ]


def _network_of(address: str) -> str:
    """The network that `address` is in: 256 addresses of IPv4, or what one line gets of IPv6."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is None:
            return str(ipaddress.ip_network((ip, 64), strict=False))
        ip = ip.ipv4_mapped
    return str(ipaddress.ip_network((ip, 24), strict=False))


def _index(value: str, what: str) -> bytes:
    return encryption.blind_index(value, purpose=f"challenge.{what}")
