from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AppealsConfig(AppConfig):
    """From a disagreement to an answer."""

    name = "appeals"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from appeals import installation

        post_migrate.connect(installation.install, sender=self, dispatch_uid="appeals.installation")
