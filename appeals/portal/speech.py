"""In which language, on which clock and under whose rules somebody is spoken to."""

from dataclasses import dataclass
from datetime import datetime

from appeals import timing, wording
from appeals.composing import Reader
from cases.models import Account


@dataclass(frozen=True, slots=True)
class Speech:
    """In which language, on which clock and under whose rules somebody is spoken to."""

    language: str
    country: str
    jurisdiction: str
    surface: str

    @classmethod
    def to(cls, account: Account, language: str) -> "Speech":
        jurisdiction = timing.jurisdiction_of(
            country=account.country, country_prefix=account.country_prefix
        )
        return cls(language, account.country, jurisdiction, account.surface)

    def moment(self, at: datetime) -> str:
        return wording.moment(at, language=self.language, country=self.country)

    def day(self, at: datetime | None) -> str:
        return wording.day(at, language=self.language, country=self.country) if at else ""

    def reader(self) -> Reader:
        return Reader(
            locale=self.language,
            country=self.country,
            jurisdiction=self.jurisdiction,
            surface=self.surface,
        )
