"""The whole main job, told over HTTP: machines send, people decide, the platform is asked, and the
figures of everybody who counted are held against each other.
"""

from reviewapp.demo.story.chapters import tell
from reviewapp.demo.story.people import People

__all__ = ["People", "tell"]
