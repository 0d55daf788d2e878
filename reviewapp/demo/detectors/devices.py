"""Detectors of the machine and the hand that hold an account."""

from datetime import timedelta

from reviewapp.demo.detectors.findings import Detector, Finding, Signal
from reviewapp.demo.detectors.limits import Limits
from reviewapp.demo.detectors.looks import hourly_look
from reviewapp.demo.detectors.neighbourhood import Neighbourhood
from reviewapp.demo.detectors.seen import Seen


def client_integrity(seen: Seen, limits: Limits, around: Neighbourhood) -> Finding | None:
    """An unofficial client or an emulator on a machine that holds many accounts."""
    limit = limits["accounts_on_device"]
    for item in seen.of("account.registered", "account.reregistered"):
        client = item.data.get("client", "official")
        full_at = around.device_reaches(seen, limit.review)
        if client == "official" or full_at is None:
            continue
        accounts = 1 + len(around.sharing(seen, "device"))
        return Finding(
            at=hourly_look(max(item.at, full_at)),
            score=limit.score(accounts),
            policy="UNOFFICIAL_CLIENT",
            reasons=[
                f"{accounts} accounts are held on one machine.",
                f"It signed up with an {client} client."
                if client == "unofficial"
                else "It signed up from an emulator.",
            ],
            signals=[
                Signal("MSG_DEVICE_MULTI_ACCOUNT", accounts, limit.review, limit.unit),
                Signal("MSG_CLIENT_UNOFFICIAL", int(client == "unofficial")),
                Signal("MSG_EMULATOR", int(client == "emulator")),
            ],
        )
    return None


def account_takeover(seen: Seen, limits: Limits, around: Neighbourhood) -> Finding | None:
    """Another device, and within the day the same link to everybody who knows the owner."""
    within, links = limits["hours_after_device_change"], limits["links_to_contacts"]
    for change in seen.of("device.changed"):
        end = change.at + timedelta(hours=within.review)
        pushed = [
            message
            for message in seen.messages
            if change.at < message.at <= end and message.link and not message.stranger
        ]
        if len(pushed) < links.review:
            continue
        abroad = change.data.get("network_country") not in (None, "", seen.country)
        minutes = int((pushed[0].at - change.at).total_seconds() // 60)
        reasons = [
            f"{len(pushed)} messages with links went to people who know it.",
            f"They began {minutes} minutes after the account moved to another device.",
        ]
        if abroad:
            reasons.append("The new device is on a network in another country than the number.")
        return Finding(
            at=hourly_look(pushed[-1].at),
            score=links.score(len(pushed)),
            policy="ACCOUNT_TAKEOVER",
            reasons=reasons,
            signals=[
                Signal(
                    "MSG_LINKS_AFTER_DEVICE_CHANGE",
                    len(pushed),
                    links.review,
                    links.unit,
                ),
                Signal("REG_IP_COUNTRY_MISMATCH", int(abroad)),
            ],
        )
    return None


CLIENT_INTEGRITY = Detector(
    "client-integrity",
    "MESSAGING",
    client_integrity,
    needs=frozenset({"account.registered.client", "account.links"}),
)
ACCOUNT_TAKEOVER = Detector(
    "account-takeover",
    "MESSAGING",
    account_takeover,
    needs=frozenset({"device.changed", "message.sent.link"}),
)
