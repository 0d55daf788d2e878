"""The stand-in platform: a messenger that does what it is asked, and remembers."""

from reviewapp.demo.platform.mood import Mood
from reviewapp.demo.platform.server import PlatformServer, serving
from reviewapp.demo.platform.standin import Answer, StandInPlatform

__all__ = ["Answer", "Mood", "PlatformServer", "StandInPlatform", "serving"]
