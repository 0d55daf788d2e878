"""Many items that belong together, summed up in a sentence."""

from cases.casefile.bursts import Closely
from cases.casefile.counting import counted, listed, percent, span
from cases.casefile.events import Run
from cases.casefile.items import Item
from cases.casefile.lanes import REPORTED, SENT, Lane
from cases.casefile.row import Row, Telling, late_by, recorded_words
from cases.casefile.spikes import LEAST
from cases.casefile.telling import day_and_time, kind_words

# A run this long, most of it to strangers, is drawn as a burst.
_BURST = 20
# So many messages within 15 s are more than a quick writer sends.
_FAST = 4


def run_row(run: Run, closely: Closely | None, first: Item, last: Item, telling: Telling) -> Row:
    strange = run.strangers * 2 >= run.people > 0
    lane: str = run.strand.lane
    headline, text, small = _run_words(run, closely)
    late = late_by(last) or late_by(first)
    return Row(
        at=run.first,
        lane="messaging-stranger" if lane == Lane.MESSAGING and strange else lane,
        headline=headline,
        text=text,
        small=small,
        when=telling.when(run.first),
        title=telling.title(run.first),
        burst=lane == Lane.MESSAGING and strange and run.events >= _BURST,
        spike=f"{closely.busiest:,} in 15 s" if closely and closely.busiest >= LEAST else "",
        value=f"{first.identity},{last.identity}",
        ends=True,
        words=f"{headline}, {day_and_time(run.first, telling.zone.tz)} (its first and last item)",
        recorded_at=last.recorded_at,
        late=f"recorded {span(late)} later" if late else "",
        data=[
            ("first", telling.in_full(run.first)),
            ("last", telling.in_full(run.last)),
            ("kind", run.kind),
            ("sent by", first.source),
            ("first recorded", recorded_words(first, telling)),
            ("last recorded", recorded_words(last, telling)),
        ],
    )


def _run_words(run: Run, closely: Closely | None) -> tuple[str, str, str]:
    """A run's headline, the rest of its sentence, and its second line."""
    took = span(run.last - run.first)
    if run.kind in SENT:
        people = closely.people if closely and closely.people else run.people
        headline = (
            f"{counted(run.events, 'message')} to {counted(people, 'person', 'people')} in {took}"
        )
        return headline, _sent_text(run, closely), _sent_small(closely)
    headline = f"{kind_words(run.kind, run.events)} in {took}"
    text = ""
    if run.kind == REPORTED and closely:
        text = f"{_of(closely.first_messages, closely.sampled)} on a first message; " + (
            f"{closely.began_it} of the reporters wrote first"
            if closely.began_it
            else "none of the reporters wrote first"
        )
    elif run.strangers and run.people:
        text = f"{percent(run.strangers, run.people)} strangers"
    return headline, text, ""


def _sent_text(run: Run, closely: Closely | None) -> str:
    words = []
    if run.people and run.strangers:
        words.append(f"{percent(run.strangers, run.people)} strangers")
    elif run.people and closely and closely.strangers_known:
        words.append("no strangers")
    if closely:
        if closely.typing_known and closely.no_typing == closely.typing_known:
            words.append("no typing shown")
        elif closely.no_typing:
            words.append(f"no typing shown in {_of(closely.no_typing, closely.typing_known)}")
    text = ", ".join(words)
    if closely and _FAST <= closely.busiest < LEAST:
        text += f"{'; ' if text else ''}busiest 15 s: {closely.busiest:,}"
    return text


def _sent_small(closely: Closely | None) -> str:
    if not closely:
        return ""
    words = []
    if closely.same_text:
        words.append(f"the same text in {_of(closely.same_text, closely.sampled)}")
    if closely.replies:
        words.append(f"a reply in {_of(closely.replies, closely.sampled)}")
    small = listed(words)
    if small and closely.sampled == closely.sample:
        small += f" of the first {closely.sample}"
    return small[:1].upper() + small[1:]


def _of(part: int, whole: int) -> str:
    return "all" if part == whole else "none" if not part else f"{part:,} of {whole:,}"
