"""The product's settings, with what tests want otherwise.

Tests run on whatever DATABASE_URL names, or on the embedded PostgreSQL: it is DEBUG that gives them
secrets of their own. Nothing they do leaves the process or the data folder.
"""

import os

os.environ.setdefault("DEBUG", "1")
# A nudge goes nowhere: tests run the tasks they are about.
os.environ.setdefault("CELERY_BROKER_URL", "memory://")
os.environ.setdefault("EMAIL_URL", "memory:")
os.environ.setdefault("LOG_LEVEL", "WARNING")

from reviewapp.settings import *  # noqa: F403

TESTING = True
# Signing in takes a tenth of a second with the real ones.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# A decision takes effect at once, save in the tests of what comes before.
UNDO_SECONDS = 0
# Files that people send are kept in memory, and gone with the process.
STORAGES = {**STORAGES, "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}  # noqa: F405
# Whoever throttles is tested with limits of its own.
API_RATE = 1_000_000
