"""The detector that judges an account by its network, and often disagrees with the others."""

from datetime import timedelta

from reviewapp.demo.detectors.findings import Detector, Finding, Signal
from reviewapp.demo.detectors.limits import Limits
from reviewapp.demo.detectors.neighbourhood import Neighbourhood
from reviewapp.demo.detectors.seen import Seen


def network_reputation(seen: Seen, limits: Limits, around: Neighbourhood) -> Finding | None:
    """How many of the accounts on this network are banned by now.

    Fires where the account's own network is bad. On accounts that others put before a person it
    gives its opinion either way, if need be by the network's operator, so that a good one is on the
    table, too.
    """
    limit, known = limits["banned_share"], limits["known_accounts"]
    arrivals = seen.of("account.registered", "device.changed")
    if not arrivals:
        return None
    at = arrivals[-1].at + timedelta(hours=1)
    asked = seen.id in around.in_review
    others = around.sharing(seen, "network")
    if asked and len(others) < known.review:
        others = around.on_operator(seen, asn=arrivals[-1].data.get("network_asn"))
    if len(others) < known.review:
        return None
    banned = sum(other in around.bans and around.bans[other] < at for other in others)
    share = round(banned / len(others), 3)
    if share < limit.review and not asked:
        return None
    opinion = (
        "Most of what comes from this network is abuse."
        if share >= limit.review
        else "Nothing much is known against this network: it speaks for the account."
    )
    return Finding(
        at=at,
        score=min(share, 0.95),
        policy="INAUTHENTIC_ACCOUNT",
        reasons=[
            f"{banned} of {len(others)} other accounts on its network are banned.",
            opinion,
        ],
        signals=[
            Signal("REG_NETWORK_ABUSE_SCORE", share, limit.review, limit.unit),
            Signal("REG_NETWORK_KNOWN_ACCOUNTS", len(others), known.review, known.unit),
        ],
    )


NETWORK_REPUTATION = Detector(
    "network-reputation",
    "REGISTRATION",
    network_reputation,
    needs=frozenset({"account.registered.network_asn", "account.links"}),
)
