import re
from typing import ClassVar


class Refused(Exception):
    """This cannot be done."""

    # The base of every "no" the product says on purpose. A subclass's docstring is what the
    # person is told unless the one who raises it knows more; the class name, in kebab-case, is
    # what a machine is told. Doors decide how to show either.

    code: ClassVar[str] = "refused"

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        cls.code = _kebab(cls.__name__)

    def __init__(self, message: str = "", *, pointer: str | None = None) -> None:
        """Refuse with `message`; `pointer` names the form field or JSON pointer at fault."""
        self.message = message or _first_paragraph(type(self))
        self.pointer = pointer
        super().__init__(self.message)

    def __str__(self) -> str:
        return self.message


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


def _first_paragraph(refusal: type[Refused]) -> str:
    for ancestor in refusal.__mro__:
        if ancestor.__doc__ and issubclass(ancestor, Refused):
            return " ".join(ancestor.__doc__.strip().split("\n\n")[0].split())
    return "This cannot be done."
