"""Countries of the simulated messenger: numbers, names, languages and time zones."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Country:
    """Where an account's number is from.

    `prefixes` open a mobile number after the dialling code and `digits` more follow, so that every
    number has a valid length. `carriers` are from the range of private AS numbers (RFC 6996): no
    real network is given a reputation here.
    """

    code: str
    dialling: str
    prefixes: tuple[str, ...]
    digits: int
    locale: str
    utc_hours: float
    carriers: tuple[int, ...]
    given: tuple[str, ...]
    family: tuple[str, ...]

    def phone(self, rng: Random) -> str:
        """A mobile number in E.164."""
        rest = "".join(str(rng.randrange(10)) for _ in range(self.digits))
        return f"+{self.dialling}{rng.choice(self.prefixes)}{rest}"

    def name(self, rng: Random) -> str:
        """A plausible, invented display name."""
        given = rng.choice(self.given)
        return given if rng.random() < 0.25 else f"{given} {rng.choice(self.family)}"


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


INDIA = Country(
    code="IN",
    dialling="91",
    prefixes=("981", "987", "701", "630", "812", "900"),
    digits=7,
    locale="hi-IN",
    utc_hours=5.5,
    carriers=(64601, 64602, 64603),
    given=_names(
        "Aarav Ananya Deepa Farhan Gauri Harish Isha Jatin Kavya Lakshmi Manoj Nandini "
        "Omkar Pooja Rahul Sana Tarun Usha Vikram Zoya"
    ),
    family=_names(
        "Bose Chauhan Desai Ghosh Iyer Joshi Kulkarni Menon Nair Pillai Qureshi Rao "
        "Saxena Thakur Verma"
    ),
)
BRAZIL = Country(
    code="BR",
    dialling="55",
    prefixes=("1198", "2199", "3197", "7198", "8199"),
    digits=7,
    locale="pt-BR",
    utc_hours=-3,
    carriers=(64611, 64612),
    given=_names("Ana Bruno Camila Diego Elisa Fábio Lívia Rafael"),
    family=_names("Almeida Barbosa Campos Duarte Moreira Teixeira"),
)
INDONESIA = Country(
    code="ID",
    dialling="62",
    prefixes=("812", "821", "857"),
    digits=8,
    locale="id-ID",
    utc_hours=7,
    carriers=(64621, 64622),
    given=_names("Adi Bayu Citra Dewi Eka Putri Rizky Wulan"),
    family=_names("Hidayat Kusuma Lestari Pratama Santoso Wijaya"),
)
MEXICO = Country(
    code="MX",
    dialling="52",
    prefixes=("551", "811"),
    digits=7,
    locale="es-MX",
    utc_hours=-6,
    carriers=(64631,),
    given=_names("Alejandra Beto Carmen Emilio Lupita Mateo Ximena"),
    family=_names("Aguilar Castillo Fuentes Luna Reyes Salinas"),
)
SPAIN = Country(
    code="ES",
    dialling="34",
    prefixes=("612", "655"),
    digits=6,
    locale="es-ES",
    utc_hours=1,
    carriers=(64641,),
    given=_names("Álvaro Berta Elena Íñigo Marta Nuria Pablo"),
    family=_names("Blanco Ferrer Gallego Ibáñez Soler Vidal"),
)
GERMANY = Country(
    code="DE",
    dialling="49",
    prefixes=("151", "152"),
    digits=8,
    locale="de-DE",
    utc_hours=1,
    carriers=(64651,),
    given=_names("Anke Birgit Emre Jonas Lena Sören Uwe"),
    family=_names("Böhm Fischer Krüger Lorenz Seidel Yılmaz"),
)
NIGERIA = Country(
    code="NG",
    dialling="234",
    prefixes=("803", "706"),
    digits=7,
    locale="en-NG",
    utc_hours=1,
    carriers=(64661,),
    given=_names("Adaeze Bola Chidi Emeka Folake Ngozi Tunde"),
    family=_names("Adeyemi Balogun Eze Nwosu Okafor Sani"),
)

COUNTRIES = (INDIA, BRAZIL, INDONESIA, MEXICO, SPAIN, GERMANY, NIGERIA)
# About a quarter of the messenger's bans were in India, and most of this team's work is.
SHARES = (60, 12, 10, 6, 5, 4, 3)

# AS numbers kept for documentation (RFC 5398) play the hosts that rent machines to anybody.
HOSTS = (64496, 64499, 64503, 64507)


def some_country(rng: Random) -> Country:
    """A country drawn by how many of the messenger's people live there."""
    return rng.choices(COUNTRIES, SHARES)[0]
