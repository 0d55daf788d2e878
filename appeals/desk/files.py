"""Files and mails of strangers: downloaded by whoever may read what they belong to, never shown.

# Note [Nothing of a stranger's runs here]

A file is handed out to be saved, under the name that its content suits, as the kind that its
content shows, and with a policy that lets a browser do nothing with it should it open it all the
same. Each download is recorded.
"""

from typing import IO, cast
from uuid import UUID

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from appeals.lines import line
from appeals.models import Appeal, Grievance, InboundMail, Order
from appeals.models.statements import visible_attachments, visible_mails
from cases.casefile.sealed import ERASED, words_of
from cases.views.finding import signed_in as who
from reviewapp.ledger.recording import record
from reviewapp.web.access import signed_in

_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


@signed_in
@require_safe
def attachment(request: HttpRequest, number: UUID) -> HttpResponseBase:
    """A file that came with a statement or an order, to be saved."""
    found = get_object_or_404(
        visible_attachments(who(request)).select_related(
            "statement__appeal__account",
            "statement__appeal__enforcement__decision__case",
            "statement__grievance__account",
            "order__account",
        ),
        pk=number,
    )
    name = words_of(found.name)
    stored = _open(found.storage_name)
    _note(
        request, found.ticket, "attachment.downloaded",
        attachment=str(found.pk), sha256=bytes(found.sha256).hex(), size=found.size,
    )  # fmt: skip
    return _saved(stored, name="file" if name == ERASED else name, media_type=found.media_type)


@signed_in
@require_safe
def mail(request: HttpRequest, number: UUID) -> HttpResponseBase:
    """A mail as it came in, to be saved."""
    found: InboundMail = get_object_or_404(
        visible_mails(who(request)).select_related(
            "statement__appeal__account",
            "statement__appeal__enforcement__decision__case",
            "statement__grievance__account",
        ),
        pk=number,
    )
    assert found.statement
    ticket = found.statement.ticket
    stored = _open(found.storage_name)
    _note(
        request, ticket, "mail.downloaded",
        mail=str(found.pk), sha256=bytes(found.sha256).hex(), size=found.size,
    )  # fmt: skip
    name = f"{ticket.ref} {found.received_at:%Y-%m-%d %H.%M}.eml"
    return _saved(stored, name=name, media_type="message/rfc822")


def _open(name: str) -> IO[bytes]:
    try:
        return cast("IO[bytes]", default_storage.open(name))
    except FileNotFoundError as gone:
        raise Http404("This file is no longer kept.") from gone


def _note(request: HttpRequest, ticket: object, kind: str, **particulars: object) -> None:
    now = timezone.now()
    of = cast("Appeal | Grievance | Order", ticket)
    record(line(of, kind, who(request).actor, now, **particulars), at=now)  # type: ignore[arg-type]


def _saved(stored: IO[bytes], *, name: str, media_type: str) -> FileResponse:
    """See Note [Nothing of a stranger's runs here]."""
    response = FileResponse(stored, as_attachment=True, filename=name, content_type=media_type)
    response["Content-Security-Policy"] = _POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
