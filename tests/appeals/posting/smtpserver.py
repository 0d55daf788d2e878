"""A mail server as small as one can be: takes mail, and answers what it is told to."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

HANG_UP = "hang up"


@dataclass
class MailServer:
    """`said` answers the next of each command (MAIL, RCPT, DATA, TEXT, NOOP) otherwise than kindly.

    TEXT is the end of a mail; HANG_UP breaks the connection off there. `reached` is set when the
    whole of a mail has arrived; while `holding` is set the server then says nothing.
    """

    port: int = 0
    took: list[EmailMessage] = field(default_factory=list)
    connections: int = 0
    said: dict[str, list[str]] = field(default_factory=dict)
    reached: threading.Event = field(default_factory=threading.Event)
    holding: bool = False
    let_go: threading.Event = field(default_factory=threading.Event)

    def answer(self, command: str, otherwise: str) -> str:
        waiting = self.said.get(command, [])
        return waiting.pop(0) if waiting else otherwise


class _HangUp(Exception):
    pass


class _Session(socketserver.StreamRequestHandler):
    server: Any

    def handle(self) -> None:
        mail: MailServer = self.server.mail
        mail.connections += 1
        self.say("220 here")
        try:
            while line := self.rfile.readline():
                self.obey(mail, line.decode().strip())
        except _HangUp:
            return

    def obey(self, mail: MailServer, line: str) -> None:
        match line[:4].upper():
            case "EHLO" | "HELO":
                self.say("250 here")
            case "MAIL" | "RCPT" | "NOOP" as command:
                self.say(mail.answer(command, "250 fine"))
            case "DATA":
                answer = mail.answer("DATA", "354 go on")
                self.say(answer)
                if answer.startswith("354"):
                    self.take(mail)
            case "QUIT":
                self.say("221 bye")
                raise _HangUp
            case _:
                self.say("250 fine")

    def take(self, mail: MailServer) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        mail.reached.set()
        if mail.holding:
            mail.let_go.wait(60)
            raise _HangUp
        answer = mail.answer("TEXT", "250 taken")
        if answer.startswith("250"):
            mail.took.append(message_from_bytes(b"".join(lines), policy=policy.default))  # type: ignore[arg-type]
        self.say(answer)

    def say(self, answer: str) -> None:
        if answer == HANG_UP:
            raise _HangUp
        self.wfile.write(f"{answer}\r\n".encode())


class _Listening(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A mail server that listens on 127.0.0.1 while the block lasts."""
    with _Listening(("127.0.0.1", 0), _Session) as listening:
        mail = MailServer(port=listening.server_address[1])
        listening.mail = mail  # type: ignore[attr-defined]
        thread = threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield mail
        finally:
            mail.let_go.set()
            listening.shutdown()
            thread.join()
