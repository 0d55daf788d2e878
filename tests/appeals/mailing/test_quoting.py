import pytest
from hypothesis import given
from hypothesis import strategies as st

from appeals.mailing.quoting import split

GMAIL = """\
I never did that.

On Tue, 10 Mar 2026 at 12:00, Grievance Officer
<grievance@example.org> wrote:

> Your account was banned.
>
> Please tell us more."""
OUTLOOK = """\
I never did that.

________________________________
From: Grievance Officer <grievance@example.org>
Sent: Tuesday, March 10, 2026 12:00
To: Meena
Subject: Your account

Your account was banned."""
PLAIN = """\
I never did that.

On 10 March 2026, Desk <desk@example.org> wrote:
Your account was banned."""
SPANISH = """\
Nunca hice eso.

El mar, 10 mar 2026 a las 12:00, Desk (<desk@example.org>) escribió:
> Su cuenta fue suspendida."""
PORTUGUESE = """\
Nunca fiz isso.
Enviado do meu iPhone

Em ter., 10 de mar. de 2026 às 12:00, Desk <desk@example.org> escreveu:
> A sua conta foi banida."""
HINDI = """\
मैंने ऐसा नहीं किया।

मंगल, 10 मार्च 2026 को 12:00 बजे Desk <desk@example.org> ने लिखा:
> आपका खाता बंद किया गया।"""


class TestAReply:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            (GMAIL, "I never did that."),
            (OUTLOOK, "I never did that."),
            (PLAIN, "I never did that."),
            (SPANISH, "Nunca hice eso."),
            (PORTUGUESE, "Nunca fiz isso."),
            (HINDI, "मैंने ऐसा नहीं किया।"),
            ("I say.\n\n-----Original Message-----\nYou say.", "I say."),
            (
                "I say.\n\nDe: Desk <d@example.org>\nEnviado: lunes\nPara: Meena\nAsunto: x",
                "I say.",
            ),
        ],
    )
    def test_says_what_stands_above_the_quotation(self, text, said):
        spoken = split(text)

        assert spoken.said == said
        assert spoken.quoted

    def test_says_what_stands_between_quotations(self):
        spoken = split("> Did you send this?\nNo.\n> Who did?\nI don't know.")

        assert spoken.said == "No.\nI don't know."
        assert spoken.quoted == "> Did you send this?\n> Who did?"

    @pytest.mark.parametrize(
        "text",
        [
            "He wrote:\nsomething",
            "On 3 March he wrote:\nI will report you",
            "From: my side this is all.\nBye",
            "a - b -- c\n---\nd",
        ],
    )
    def test_says_all_of_it_where_nothing_is_quoted(self, text):
        assert split(text).said == text

    def test_says_what_is_forwarded_where_that_is_all(self):
        text = "---------- Forwarded message ---------\nFrom: A <a@example.org>\nWe are banned."

        assert split(text).said == text

    def test_ends_with_what_every_mail_of_theirs_ends_with(self):
        assert split("Please.\n\nSent from my iPhone").signature == "Sent from my iPhone"
        assert split("Please.\n-- \nMeena\n+91").signature == "-- \nMeena\n+91"

    @given(st.lists(st.sampled_from([*GMAIL.split("\n"), *OUTLOOK.split("\n"), "-- ", "", "x"])))
    def test_loses_no_line(self, lines):
        spoken = split("\n".join(lines))

        kept = f"{spoken.said}\n{spoken.quoted}\n{spoken.signature}".split("\n")
        assert written(kept) == written(lines)


def written(lines: list[str]) -> list[str]:
    return sorted(line.strip() for line in lines if line.strip())
