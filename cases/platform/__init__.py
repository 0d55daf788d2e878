"""What a platform can be asked: over HTTP, and in memory, under one contract."""

from cases.platform.fake import FakePlatform
from cases.platform.http import HttpPlatform, configured

__all__ = ["FakePlatform", "HttpPlatform", "configured"]
