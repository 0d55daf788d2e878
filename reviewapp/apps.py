from django.apps import AppConfig


class FrameConfig(AppConfig):
    """The frame of the house, and the commands."""

    name = "reviewapp"

    def ready(self) -> None:
        # Tasks sent from a web process go through the one Celery application.
        from reviewapp import celery  # noqa: F401

        # Every start checks that each personal field has a term.
        from reviewapp.kernel import retention  # noqa: F401
