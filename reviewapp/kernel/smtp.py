"""Django's way to a mail server, which also knows how far a mail had come when it broke off."""

import smtplib
from typing import Any

from django.core.mail.backends import smtp


class _Watched:
    """A session that remembers whether a mail's text was on its way to the server.

    Before that nothing was sent, and afterwards the server has said what became of it. In between
    nobody knows.
    """

    handed_over = False

    def mail(self, *args: Any, **kwargs: Any) -> Any:
        self.handed_over = False
        return super().mail(*args, **kwargs)  # type: ignore[misc]

    def data(self, *args: Any, **kwargs: Any) -> Any:
        self.handed_over = True
        return super().data(*args, **kwargs)  # type: ignore[misc]


class _Session(_Watched, smtplib.SMTP):
    pass


class _SecretSession(_Watched, smtplib.SMTP_SSL):
    pass


class EmailBackend(smtp.EmailBackend):
    """As Django's; a connection that the server has closed meanwhile is opened anew."""

    connection: Any

    @property
    def connection_class(self) -> Any:
        return _SecretSession if self.use_ssl else _Session

    @property
    def handed_over(self) -> bool:
        """Whether the text of the last mail had begun to go out."""
        return bool(getattr(self.connection, "handed_over", False))

    def open(self) -> bool | None:
        if self.connection is not None and not self._answers():
            self.close()
        return super().open()

    def _answers(self) -> bool:
        try:
            code, _ = self.connection.noop()
        except (smtplib.SMTPException, OSError):
            return False
        return bool(code == 250)
