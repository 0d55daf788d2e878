"""The frame of the house. Importing it makes the Celery application the current one, everywhere."""

from reviewapp.celery import app as celery_app

__all__ = ["celery_app"]
