from collections.abc import Iterator

import pytest

from tests.appeals.posting.smtpserver import MailServer, mail_server


@pytest.fixture
def smtp(settings) -> Iterator[MailServer]:
    """A real mail server, to which the product's own backend is pointed."""
    with mail_server() as server:
        settings.EMAIL_BACKEND = "reviewapp.kernel.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_TIMEOUT = 10
        yield server
