from django.apps import AppConfig


class WebConfig(AppConfig):
    """What every door shares."""

    name = "reviewapp.web"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from reviewapp.web import checks, schema  # noqa: F401
