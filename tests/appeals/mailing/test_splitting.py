import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appeals.mailing import MailRefused, mails_in, one_mail
from appeals.mailing.splitting import HEAD
from tests.appeals.mailing.mails import mail, mailbox


def split(data: bytes, **options):
    return list(mails_in(io.BytesIO(data), **options))


class TestAMailbox:
    def test_holds_each_mail_as_it_was(self):
        mails = [mail("one"), mail("two\n\nFrom here on\n>From there on\n"), mail("three")]

        assert [piece.raw for piece in split(mailbox(*mails))] == mails

    @given(
        st.lists(
            st.lists(st.sampled_from([b"", b"x", b"From me", b">From me", b"\r"]), min_size=1),
            max_size=4,
        )
    )
    def test_holds_each_mail_whatever_stands_in_it(self, bodies):
        mails = [b"Subject: x\n\n" + b"\n".join(lines) + b"\n" for lines in bodies]

        assert [piece.raw for piece in split(mailbox(*mails))] == mails

    def test_is_not_cut_at_a_line_that_only_begins_like_a_beginning(self):
        (piece,) = split(mailbox(mail()) + b"From my side this is all.\n")

        assert piece.raw.endswith(b"From my side this is all.\n")

    def test_may_have_lines_that_end_with_two_characters(self):
        data = mailbox(mail("one"), mail("two")).replace(b"\n", b"\r\n")

        assert len(split(data)) == 2

    def test_may_be_empty(self):
        assert split(b"") == split(b"\n\n") == []

    @pytest.mark.parametrize("data", [b"Subject: x\n\ntext", b"From here on\n", b"\0"])
    def test_is_refused_where_it_is_none(self, data):
        with pytest.raises(MailRefused) as caught:
            split(data)

        assert caught.value.code == "not-a-mailbox"

    def test_is_read_a_mail_at_a_time(self):
        file = io.BytesIO(mailbox(*[mail("x" * 500_000)] * 9))

        next(mails_in(file))

        assert file.tell() < 1_500_000

    def test_keeps_the_beginning_alone_of_a_mail_that_is_too_large(self):
        large = b"Subject: large\n\n" + b"x" * 300_000
        pieces = split(mailbox(mail("one"), large, mail("two")), largest=100_000)

        assert [piece.is_whole for piece in pieces] == [True, False, True]
        assert pieces[1].raw == large[:HEAD]
        assert pieces[1].size == len(large) + 1


class TestOneMail:
    def test_is_all_there_is(self):
        assert one_mail(io.BytesIO(mail())).raw == mail()

    def test_is_without_the_line_that_a_mail_server_puts_before_it(self):
        handed = b"From meena@example.in Tue Mar 10 12:00:00 2026\n" + mail()

        assert one_mail(io.BytesIO(handed)).raw == mail()

    def test_is_read_to_its_end_and_kept_no_further_than_allowed(self):
        file = io.BytesIO(b"x" * 900_000)
        piece = one_mail(file, largest=100_000)

        assert (piece.is_whole, len(piece.raw), piece.size) == (False, HEAD, 900_000)
        assert file.tell() == 900_000
