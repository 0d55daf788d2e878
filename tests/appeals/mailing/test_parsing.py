from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appeals.mailing import Mail, MailRefused, Origin, parse
from appeals.mailing.parsing import LARGEST_MAIL, tickets_in
from reviewapp.kernel.refs import make_ref
from tests.appeals.mailing.mails import bounce, mail
from tests.conftest import NOON

AP, G = make_ref("AP", 7), make_ref("G", 12)
FIELDS = [
    *(b"From", b"To", b"Subject", b"Date", b"Message-ID", b"References", b"In-Reply-To"),
    *(b"Content-Type", b"Content-Transfer-Encoding", b"Content-Disposition", b"MIME-Version"),
    *(b"Auto-Submitted", b"Precedence", b"Return-Path"),
]
HEAD = b"From: meena@example.in\nSubject: Hello\n"


class TestAMail:
    def test_is_read(self):
        read = parse(
            mail(
                "मेरा खाता बंद है।\n-- \nMeena\n",
                sender="मीना कुमारी <Meena@Example.IN>",
                subject="Re: आपकी शिकायत [G-…]",
                answers="<letter@example.org>",
                files={"पत्र.pdf": b"%PDF-1.7"},
            )
        )

        assert read == Mail(
            message_id="<1@example.in>",
            answers=("<letter@example.org>",),
            sender="Meena@example.in",
            sender_name="मीना कुमारी",
            recipients=("grievance@example.org",),
            subject="Re: आपकी शिकायत [G-…]",
            sent_at=NOON,
            arrived_at=None,
            origin=Origin.PERSON,
            bounces=(),
            said="मेरा खाता बंद है।",
            quoted="",
            signature="-- \nMeena",
            attached=read.attached,
            refs=(),
            is_whole=True,
        )
        assert [(each.name, each.data) for each in read.attached] == [("पत्र.pdf", b"%PDF-1.7")]

    def test_is_read_plain_where_it_is_also_a_page(self):
        assert parse(mail("plain", page="<p>page</p>")).said == "plain"
        assert parse(mail(" ", page="<p>page</p>")).said == "page"
        page = (
            b"Content-Type: text/html; charset=utf-8\n\n<style>p{}</style><p>caf\xc3\xa9 &amp; co"
        )
        assert parse(HEAD + page).said == "café & co"

    def test_is_read_with_every_text_that_stands_in_it(self):
        parts = [
            b"Content-Type: text/plain\n\nbefore the picture",
            b"Content-Type: image/png; name=shot.png\n\nsomething",
            b"Content-Type: text/plain\n\nafter it",
            b"Content-Type: text/plain\nContent-Disposition: attachment\n\na file",
        ]
        read = parse(HEAD + multipart(*parts))

        assert read.said == "before the picture\n\nafter it"
        assert [each.name for each in read.attached] == ["shot.png", "file"]

    def test_brings_a_forwarded_mail_along_as_a_file(self):
        inner = mail("inner", subject="Inner")
        read = parse(HEAD + multipart(b"Content-Type: message/rfc822\n\n" + inner))

        (attached,) = read.attached
        assert attached.name == "message.eml"
        assert b"Subject: Inner" in attached.data

    @pytest.mark.parametrize(
        ("field", "subject"),
        [
            (b"=?utf-8?B?4KSo4KSu4KS44KWN4KSk4KWH?=", "नमस्ते"),
            (b"=?iso-8859-1?Q?caf=E9?= and more", "café and more"),
            ("नमस्ते".encode(), "नमस्ते"),
            (b"caf\xe9", "café"),
            (b"=?utf-8?B?not base64?= x", "=?utf-8?B?not base64?= x"),
            (b"=?no-such-charset?Q?caf=C3=A9?=", "café"),
            (b"=?utf-8?Q?=E2=80=AEdlrow?=", "dlrow"),
            (b"two\n lines\n\tand three", "two lines and three"),
            (b"x\0y\x1b[2J", "xy[2J"),
            (b"", ""),
        ],
    )
    def test_has_a_subject_of_one_line(self, field, subject):
        assert parse(b"Subject: " + field + b"\n\ntext").subject == subject

    @pytest.mark.parametrize(
        ("field", "sender"),
        [
            (b"meena@example.in", "meena@example.in"),
            (b'"Kumari, Meena" <meena@EXAMPLE.in>', "meena@example.in"),
            (b"=?utf-8?B?4KSu4KWA4KSo4KS+?= <meena@example.in>", "meena@example.in"),
            (b"Meena", ""),
            (b"meena@", ""),
            (b"<>", ""),
            (b"((((((((" * 1000, ""),
            (b"a" * 300 + b"@example.in", ""),
            (b"meena @ example . in, bo@example.in", "meena@example.in"),
        ],
    )
    def test_is_from_an_address_or_from_nowhere(self, field, sender):
        assert parse(b"From: " + field + b"\n\ntext").sender == sender

    @pytest.mark.parametrize(
        ("field", "moment"),
        [
            (b"Tue, 10 Mar 2026 17:30:00 +0530", NOON),
            (b"10 Mar 2026 12:00", NOON),
            (b"Tue, 10 Mar 2026 12:00:00 -0000", NOON),
            (b"yesterday", None),
            (b"31 Dec 9999 23:59:59 -1200", None),
            (b"99 Foo 99999 99:99:99 +9999", None),
        ],
    )
    def test_was_sent_when_it_says_if_that_makes_sense(self, field, moment):
        assert parse(b"Subject: x\nDate: " + field + b"\n\ntext").sent_at == moment

    def test_arrived_when_the_last_server_on_its_way_says(self):
        way = b"Received: from mx (mx; x)\n\tby us; Tue, 10 Mar 2026 17:30:00 +0530 (IST)\n"
        earlier = b"Received: by mx; Mon, 9 Mar 2026 12:00:00 +0000\n"

        assert parse(way + earlier + mail()).arrived_at == NOON
        assert parse(b"Received: nonsense\n" + mail()).arrived_at is None

    @pytest.mark.parametrize(
        ("heading", "body", "said"),
        [
            (b"text/plain; charset=utf-8", "मीना".encode(), "मीना"),
            (b"text/plain; charset=us-ascii", "मीना".encode(), "मीना"),
            (b"text/plain", b"caf\xe9", "café"),
            (b"text/plain; charset=windows-1252", b"caf\xe9", "café"),
            (b"text/plain; charset=utf-16", "मीना".encode("utf-16"), "मीना"),
            (b"text/plain; charset=utf-8", b"caf\xe9", "caf\ufffd"),
            (b"text/plain; charset=no-such", b"caf\xe9", "café"),
            (b"text/plain; charset=punycode", b"a-" * 9, "a-" * 9),
            (b"text/plain; charset=unicode_escape", rb"\u0041", r"\u0041"),
            (b"text/plain; charset=rot13", b"plain", "plain"),
            (b"text/plain; charset*=x'y'%zz", b"plain", "plain"),
            (b"nonsense", b"plain", "plain"),
            (b"multipart/mixed", b"plain", "plain"),
            (b"multipart/mixed; boundary=b", b"plain", "plain"),
            (b"text/plain\nContent-Transfer-Encoding: base64", b"cGxhaW4", "plain"),
            (b"text/plain\nContent-Transfer-Encoding: base64", b"cGxh\n!!aW4=", "plain"),
            (b"text/plain\nContent-Transfer-Encoding: nonsense", b"plain", "plain"),
            (b"text/plain", b"p\0l\x07a\x1bin \xe2\x80\xae", "plain"),
        ],
    )
    def test_is_read_however_it_is_written(self, heading, body, said):
        assert parse(HEAD + b"Content-Type: " + heading + b"\n\n" + body).said == said


def multipart(*parts: bytes) -> bytes:
    return b"".join(
        [
            b'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n',
            *[b"--b\n" + part + b"\n" for part in parts],
            b"--b--\n",
        ]
    )


class TestTicketNumbers:
    def test_are_found_in_the_order_of_their_weight(self):
        read = parse(
            mail(
                f"About {G.lower()}.\n\nOn 3 March, Desk <desk@example.org> wrote:\n> {AP}",
                subject=f"Re: [{AP}] hello",
                answers=f"<{G}.1@example.org>",
            )
        )

        assert read.refs == (AP, G)

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            (f"see {AP}, please", (AP,)),
            (f"({AP.replace('-', '–')})", (AP,)),
            (AP[:-1] + ("0" if AP[-1] != "0" else "1"), ()),
            (f"x{AP}", ()),
            (f"{AP}7", ()),
            (AP.replace("AP-", "C-"), ()),
            ("nothing", ()),
            (f"{AP} and {AP}", (AP,)),
        ],
    )
    def test_are_those_whose_check_fits(self, text, found):
        assert tickets_in(text) == found


class TestWhoSpeaks:
    @pytest.mark.parametrize(
        ("fields", "origin"),
        [
            ({}, Origin.PERSON),
            ({"Auto_Submitted": "no"}, Origin.PERSON),
            ({"List_Id": "<grievance.example.org>", "Precedence": "list"}, Origin.PERSON),
            ({"Auto_Submitted": "auto-replied (vacation)"}, Origin.AUTOMATIC),
            ({"Auto_Submitted": "Auto-Generated; owner=x"}, Origin.AUTOMATIC),
            ({"X_Autoreply": "yes"}, Origin.AUTOMATIC),
            ({"Precedence": "auto_reply"}, Origin.AUTOMATIC),
            ({"Return_Path": "<>"}, Origin.AUTOMATIC),
            ({"sender": "Shop <no-reply@example.org>"}, Origin.AUTOMATIC),
            ({"Precedence": "bulk"}, Origin.BULK),
            ({"sender": "MAILER-DAEMON@example.org"}, Origin.BOUNCE),
        ],
    )
    def test_is_told_by_what_it_says_of_itself(self, fields, origin):
        assert parse(mail(**fields)).origin is origin

    @pytest.mark.parametrize("part", ["message/rfc822", "text/rfc822-headers"])
    def test_is_a_mail_server_where_it_reports(self, part):
        read = parse(bounce(part=part, recipient="meena@EXAMPLE.in"))

        assert read.origin is Origin.BOUNCE
        (report,) = read.bounces
        assert (report.recipient, report.action, report.status, report.message_id) == (
            "meena@example.in",
            "failed",
            "5.1.1",
            "<letter@example.org>",
        )
        assert report.is_final

    def test_is_a_machine_where_it_says_that_a_letter_was_read(self):
        receipt = bounce().replace(b"message/delivery-status", b"message/disposition-notification")

        read = parse(receipt.replace(b"Mail Delivery System <MAILER-DAEMON@", b"Meena <meena@"))
        assert (read.origin, read.bounces) == (Origin.AUTOMATIC, ())

    def test_says_whether_it_will_try_again(self):
        late = parse(bounce(action="delayed", status="4.4.1")).bounces[0]
        arrived = parse(bounce(action="delivered", status="2.0.0")).bounces[0]
        silent = parse(bounce(action="", status="")).bounces[0]

        assert [each.is_final for each in (late, arrived, silent)] == [False, False, True]


def nested(levels: int) -> bytes:
    return HEAD + b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (level, level)
        for level in range(levels)
    )


class TestMalformedMail:
    @pytest.mark.parametrize(
        ("raw", "code"),
        [
            (b"", "not-a-mail"),
            (b"\n\n", "not-a-mail"),
            (b"hello there", "not-a-mail"),
            (b"\0\1\2", "not-a-mail"),
            (b"x: " + b"a" * 300_000, "mail-too-intricate"),
            (b"x: y\n" * 100_000, "mail-too-intricate"),
            (HEAD + b"\n" * 450_000, "mail-too-intricate"),
            (HEAD + b"\r" * 9_000_000, "mail-too-intricate"),
            (nested(100), "mail-too-intricate"),
            (HEAD + b"Content-Type: message/rfc822\n\n" * 5_000, "mail-too-intricate"),
            (HEAD + b'Content-Type: text/plain; x="' + b'";' * 5_000, "mail-too-intricate"),
        ],
        ids=range(11),
    )
    def test_is_refused_by_its_measures(self, raw, code):
        with pytest.raises(MailRefused) as caught:
            parse(raw)

        assert caught.value.code == code

    def test_is_refused_where_it_is_too_large(self):
        with pytest.raises(MailRefused) as caught:
            parse(HEAD + b"\n" + bytes(50_000_000))

        assert caught.value.code == "mail-too-large"
        assert LARGEST_MAIL == 25_000_000

    @pytest.mark.parametrize(
        "raw",
        [
            nested(20),
            HEAD + multipart(*[b"\nx"] * 10_000),
            HEAD + multipart(*[b"Content-Type: image/png; name=x\n\nx"] * 40),
            HEAD + b"\n" + b"long " * 100_000,
        ],
        ids=range(4),
    )
    def test_is_read_in_part_and_says_so(self, raw):
        assert not parse(raw).is_whole

    @given(st.binary(max_size=600))
    def test_is_read_or_refused_whatever_it_is(self, raw):
        read_or_refused(raw)

    @given(st.lists(st.tuples(st.sampled_from(FIELDS), st.binary(max_size=60)), max_size=12))
    def test_is_read_or_refused_whatever_its_fields_say(self, fields):
        read_or_refused(b"".join(name + b": " + value + b"\n" for name, value in fields) + b"\nx")

    @given(
        whole=st.sampled_from([bounce(), mail("x\n> y", page="<p>x", files={"a.png": b"x"})]),
        place=st.floats(0, 1),
        put=st.binary(max_size=30) | st.sampled_from([b"\n\n", b"\0", b"boundary=", b"--b1--\n"]),
        gone=st.integers(0, 60),
    )
    def test_is_read_or_refused_wherever_it_was_damaged(self, whole, place, put, gone):
        at = int(place * len(whole))
        read_or_refused(whole[:at] + put + whole[at + gone :])


def read_or_refused(raw: bytes) -> None:
    try:
        read = parse(raw)
    except MailRefused:
        return
    for each in (read.subject, read.sender, read.sender_name, read.said, read.quoted):
        assert each.encode().decode() == each
        assert "\0" not in each
    assert "\n" not in read.subject + read.sender + read.sender_name
    assert read.sent_at is None or read.sent_at.tzinfo is UTC
