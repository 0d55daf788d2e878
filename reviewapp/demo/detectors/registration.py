"""Detectors of the registration stage: before a single message is sent."""

from datetime import timedelta

from reviewapp.demo.detectors.findings import Detector, Finding, Signal
from reviewapp.demo.detectors.limits import Limits
from reviewapp.demo.detectors.looks import hourly_look
from reviewapp.demo.detectors.neighbourhood import Neighbourhood
from reviewapp.demo.detectors.seen import Seen


def registration_network(seen: Seen, limits: Limits, around: Neighbourhood) -> Finding | None:
    """Many accounts registered within an hour from one network and number range."""
    limit = limits["registered_in_an_hour"]
    if not seen.link("network"):
        return None
    for item in seen.of("account.registered"):
        count, last = around.registrations_around(seen, item.at, timedelta(hours=1))
        if count < limit.review:
            continue
        abroad = item.data.get("network_country") not in (None, "", seen.country)
        reasons = [
            f"{count} accounts of one number range registered from one network within an hour."
        ]
        if abroad:
            reasons.append("The network is in another country than the number.")
        certain = count >= limit.certain
        return Finding(
            at=last + timedelta(seconds=1) if certain else hourly_look(last),
            score=0.99 if certain else limit.score(count),
            policy="BULK_REGISTRATION",
            reasons=reasons,
            signals=[
                Signal("REG_BURST_SAME_NETWORK", count, limit.review, limit.unit),
                Signal("REG_IP_COUNTRY_MISMATCH", int(abroad)),
            ],
            action="PERMANENT_BAN" if certain else "",
            notify=False,
        )
    return None


def banned_profile(seen: Seen, limits: Limits, around: Neighbourhood) -> Finding | None:
    """A new account shares its device, network or payee with one that was banned before."""
    limit = limits["shared_with_banned"]
    for item in seen.of("account.registered"):
        shared = around.banned_sharing(seen, before=item.at)
        if not shared:
            continue
        closest = max(shared.values(), key=len)
        if len(closest) < limit.review:
            continue
        return Finding(
            at=hourly_look(item.at),
            score=limit.score(len(closest)),
            policy="BAN_EVASION",
            reasons=[
                f"Shares its {' and '.join(closest)} with an account banned before.",
                f"Accounts banned before that share something with it: {len(shared)}.",
            ],
            signals=[
                Signal("REG_BANNED_PROFILE_MATCH", len(closest), limit.review, limit.unit),
                Signal("REG_BANNED_NEIGHBOURS", len(shared), unit="accounts"),
            ],
        )
    return None


REGISTRATION_NETWORK = Detector(
    "registration-network",
    "REGISTRATION",
    registration_network,
    needs=frozenset({"account.registered", "account.links"}),
)
BANNED_PROFILE = Detector(
    "banned-profile",
    "REGISTRATION",
    banned_profile,
    needs=frozenset({"account.registered", "account.links"}),
)
