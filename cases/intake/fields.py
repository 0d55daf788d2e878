"""The fields of evidence that are known by their names, and what may stand in each.

These lists decide what is kept readable: see Note [People at the door] in cases.intake.people.
"""

# fmt: off
# Each names one person; a number here is a phone number or an id.
ONE_PERSON = frozenset({
    "author", "by", "callee", "caller", "contact", "counterpart", "email", "from",
    "invited_by", "inviter", "msisdn", "owner", "peer", "phone", "recipient", "reported_by",
    "reporter", "sender", "to", "user", "victim",
})
# Each names one thing that people share or can be found by; a number here is its id.
ONE_THING = frozenset({
    "account", "business", "call_id", "channel", "chat", "device", "device_id", "fingerprint",
    "group", "group_id", "iccid", "imei", "imsi", "ip", "ip_address", "message_id", "network",
    "number_range", "payee", "payee_id", "session", "sim", "thread", "upi", "wallet",
})
# Each names several people or things in a list; a number here is how many.
SEVERAL = frozenset({
    "accounts", "added", "blocked", "callees", "callers", "contacts", "devices", "groups",
    "members", "networks", "participants", "payees", "people", "recipients", "reporters",
    "senders", "strangers", "users", "victims",
})
# Of the documented kinds: numbers, yes or no.
FIGURES = frozenset({
    "answered", "busiest_15s", "count", "duration_s", "first_message", "forwarded", "link",
    "reply", "reporter_wrote_first", "same_text", "typing", "wrote_first",
})
# Of the documented kinds: numbers, yes or no, a time, or one word for what kind of thing it is.
WORDS = frozenset({"client", "method", "network_asn", "network_country", "topic", "until"})
# fmt: on
