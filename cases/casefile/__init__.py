"""Everything a case page shows about an account: reads only, in a fixed number of queries."""

from cases.casefile.address import Address
from cases.casefile.reading import CaseFile, Middle, read_file, read_middle

__all__ = ["Address", "CaseFile", "Middle", "read_file", "read_middle"]
