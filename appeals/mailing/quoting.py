"""What somebody says in a mail, apart from what they quote and what every mail of theirs ends with.

Nothing is thrown away: whoever doubts the cut reads the rest too.
"""

import re
from dataclasses import dataclass

# "On Monday Ada wrote:" in the languages that the portal speaks and a few neighbours; it may go
# over two lines, and stands before what is quoted.
_ATTRIBUTION = re.compile(
    r"\s*(?:On\b.{0,200}\bwrote|Em\b.{0,200}\bescreveu|El\b.{0,200}\bescribi[óo]"
    r"|Le\b.{0,200}\ba écrit|Am\b.{0,200}\bschrieb.{0,80}|.{0,200}ने लिखा(?: है)?"
    r"|\d{4}[-/.]\d.{0,100}<[^<>\s]+@[^<>\s]+>)\s*[:：]\s*\Z",
    re.IGNORECASE | re.DOTALL,
)
# From here on everything is an earlier mail.
_FORWARDED = re.compile(
    r"\s*(?:-{2,}\s*(?:Original Message|Forwarded message|Mensagem original|Mensagem encaminhada"
    r"|Mensaje original|Mensaje reenviado|मूल संदेश|अग्रेषित संदेश)\s*-{2,}"
    r"|Begin forwarded message:|Início da mensagem reencaminhada:"
    r"|Inicio del mensaje reenviado:)\s*\Z",
    re.IGNORECASE,
)
_FIRST_FIELD = re.compile(r"\s*\*?(?:From|De|प्रेषक)\s?:\*?\s.*\S", re.IGNORECASE)
_NEXT_FIELD = re.compile(
    r"\s*\*?(?:Sent|Date|To|Subject|Enviad[oa](?: em)?|Data|Fecha|Para|Assunto|Asunto|भेजा गया"
    r"|दिनांक|प्रति|विषय)\s?:\*?\s",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s*_{10,}\s*\Z")
_SIGNATURE = re.compile(r"-- ?\Z")
# What phones add by themselves.
_ADDED = re.compile(
    r"\s*(?:Sent from (?:my|Yahoo|Outlook|Mail|Samsung)\b|Get Outlook for\b|Enviad[oa] d[oe]\b"
    r"|Enviad[oa] desde\b|Obter o Outlook\b|Obtener Outlook\b|मेरे .{1,40} से भेजा गया).{0,80}\Z",
    re.IGNORECASE,
)
_LONGEST_LINE = 500


@dataclass(frozen=True, slots=True)
class Spoken:
    """The parts of a mail's text.

    Attributes:
        said: what its sender wrote this time.
        quoted: what they quote, of ours or of others.
        signature: what their program puts under every mail.
    """

    said: str
    quoted: str
    signature: str


def split(text: str) -> Spoken:
    """Part `text`. Where somebody only forwards, and says nothing, what they forward is said."""
    said: list[str] = []
    quoted: list[str] = []
    signature: list[str] = []
    into = said
    lines = text.split("\n")
    for place, line in enumerate(lines):
        following = lines[place + 1 : place + 4]
        if line.lstrip().startswith(">"):
            if into is said:
                quoted += _attribution_before(said)
            quoted.append(line)
            continue
        marked = any(each.lstrip().startswith(">") for each in following)
        if into is not quoted and not marked and _begins_earlier_mail(line, following):
            into = quoted
        elif into is said and _SIGNATURE.match(line):
            into = signature
        into.append(line)
    if into is not signature:
        signature = _added_at_the_end(said) + signature
    if not "".join(said).strip() and quoted:
        said, quoted = quoted, []
    return Spoken(*("\n".join(part).strip() for part in (said, quoted, signature)))


def _begins_earlier_mail(line: str, following: list[str]) -> bool:
    if len(line) > _LONGEST_LINE:
        return False
    if _FORWARDED.match(line):
        return True
    if _RULE.match(line):
        return bool(following) and bool(_FIRST_FIELD.match(following[0][:_LONGEST_LINE]))
    fields = [each for each in following if _NEXT_FIELD.match(each[:_LONGEST_LINE])]
    if _FIRST_FIELD.match(line) and len(fields) >= 2:
        return True
    # Not every program marks what it quotes; with an address in it, this line is a program's.
    both = "\n".join([line, *following[:1]])
    return any("@" in each and _ATTRIBUTION.match(each) for each in (line, both[:_LONGEST_LINE]))


def _attribution_before(said: list[str]) -> list[str]:
    """Take the line that says whose words follow off the end of what was said."""
    end = len(said)
    while end and not said[end - 1].strip():
        end -= 1
    for height in (1, 2):
        lines = said[end - height : end] if end >= height else []
        if lines and _ATTRIBUTION.match("\n".join(lines)[:_LONGEST_LINE]):
            del said[end - height :]
            return lines
    return []


def _added_at_the_end(said: list[str]) -> list[str]:
    """Take what a phone adds off the end of what was said."""
    end = len(said)
    while end and not said[end - 1].strip():
        end -= 1
    if end and _ADDED.match(said[end - 1][:_LONGEST_LINE]):
        added = said[end - 1 :]
        del said[end - 1 :]
        return added
    return []
