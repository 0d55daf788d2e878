from reviewapp.staff.models.keys import ApiKey, Scope
from reviewapp.staff.models.sources import Source
from reviewapp.staff.models.users import User

__all__ = ["ApiKey", "Scope", "Source", "User"]
