"""What somebody filled in, and what is said of it when it cannot be taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest

from appeals import wording
from appeals.attaching import Upload
from appeals.cleaning import LONGEST_TEXT, TextRefused
from appeals.enums import Ground
from appeals.limiting import TooManyRequests
from appeals.portal.decided import OFFERED
from appeals.portal.entering import error, minutes
from appeals.portal.words import say
from appeals.screening import LARGEST_FILE, LARGEST_TOGETHER, MOST_FILES, FileRefused
from appeals.screening.names import cleaned_name
from appeals.screening.refusals import FilesTooLarge
from reviewapp.kernel.refusals import Refused


class UnknownGround(Refused):
    """Choose one of the reasons that are listed."""


class NoAddress(Refused):
    """This is not an e-mail address."""


@dataclass(frozen=True, slots=True)
class Written:
    """A form as it was sent."""

    ground: str = ""
    text: str = ""
    contact: str = ""
    files: Sequence[Upload] = ()

    @property
    def is_empty(self) -> bool:
        return not self.text.strip() and not self.files


def read(request: HttpRequest) -> Written:
    """What was filled in, taken from the request as it is."""
    return Written(
        ground=request.POST.get("ground", ""),
        text=request.POST.get("text", ""),
        contact=request.POST.get("contact", "").strip(),
        files=[
            Upload(file.name or "", file) for file in request.FILES.getlist("files") if file.name
        ],
    )


def ground_of(written: Written) -> Ground:
    """The ground that was chosen; none is NO_GROUND_GIVEN. Raises UnknownGround."""
    if not written.ground:
        return Ground.NO_GROUND_GIVEN
    if written.ground not in [each.value for each in OFFERED]:
        raise UnknownGround(pointer="ground")
    return Ground(written.ground)


def contact_of(written: Written) -> str:
    """The address that was given, if it is one. Raises NoAddress."""
    if written.contact:
        try:
            validate_email(written.contact)
        except ValidationError:
            raise NoAddress(pointer="contact") from None
    return written.contact


def errors_of(refusal: Refused, written: Written, language: str) -> list[dict[str, str]]:
    """What to say of a form that was refused. Files do not come back to whoever sent them."""
    errors = [_error_of(refusal, written, language)]
    if written.files and not isinstance(refusal, FileRefused):
        errors.append({"at": "files", "text": say(language, "errors.files_again")})
    return errors


def _error_of(refusal: Refused, written: Written, language: str) -> dict[str, str]:
    if isinstance(refusal, FileRefused):
        return {"at": "files", "text": _of_a_file(refusal, written, language)}
    if isinstance(refusal, TextRefused):
        return error(
            language, refusal, at="text", limit=wording.number(LONGEST_TEXT, language=language)
        )
    if isinstance(refusal, TooManyRequests):
        return error(language, refusal, minutes=minutes(timedelta(seconds=refusal.wait)))
    return error(language, refusal, at=refusal.pointer or "")


def _of_a_file(refusal: FileRefused, written: Written, language: str) -> str:
    largest = LARGEST_TOGETHER if isinstance(refusal, FilesTooLarge) else LARGEST_FILE
    told = say(
        language,
        f"refused.files.{refusal.code}",
        size=wording.file_size(largest, language=language),
        count=MOST_FILES,
        types=say(language, "files.types"),
    )
    _, _, place = (refusal.pointer or "").partition("/")
    if not place.isdigit():
        return told
    name = cleaned_name(written.files[int(place)].name)
    return say(language, "refused.files.named", name=name, text=told)
