"""What somebody hears whose file isn't kept. The code of each is the class's name in kebab-case.

Every text stands alone, without figures or names put in, so that it can be translated whole.
"""

from reviewapp.kernel.refusals import Refused


class FileRefused(Refused):
    """This file can't be taken."""


class EmptyFile(FileRefused):
    """This file is empty."""


class FileTooLarge(FileRefused):
    """This file is larger than 5 MB. Send a smaller one, such as a screenshot."""


class TooManyFiles(FileRefused):
    """At most five files can be sent at once."""


class FilesTooLarge(FileRefused):
    """These files are larger than 15 MB together. Send fewer, or smaller ones."""


class UnknownFile(FileRefused):
    """This kind of file can't be taken. Send JPEG, PNG or WebP pictures, PDF documents or plain
    text.
    """


class ProgramFile(FileRefused):
    """This file is a program, and programs can't be taken."""


class ScriptFile(FileRefused):
    """This file holds commands for a computer, and such files can't be taken."""


class WebPageFile(FileRefused):
    """This file is a web page or a drawing that works like one. Send a screenshot of it instead."""


class ArchiveFile(FileRefused):
    """This file packs other files. Send the files that are in it one by one."""


class OfficeFile(FileRefused):
    """Documents of office programs can't be taken. Save this one as a PDF, and send that."""


class MailFile(FileRefused):
    """This file is an e-mail. Send its text, or a screenshot of it."""


class HiddenFile(FileRefused):
    """A second file hides in this one. Send a screenshot of what it shows instead."""


class BrokenFile(FileRefused):
    """This file is damaged, or its end is missing. Send it again, or a screenshot of it."""


class PictureTooLarge(FileRefused):
    """This picture has too many pixels. Send a smaller one, such as a screenshot."""


class LockedDocument(FileRefused):
    """This document is locked with a password. Save it without one, and send it again."""


class ActiveDocument(FileRefused):
    """This document holds commands, forms that send, or other files. Print it to a new PDF, and
    send that.
    """


class OpaqueDocument(FileRefused):
    """This document is built so that it can't be looked into. Print it to a new PDF, and send
    that.
    """
