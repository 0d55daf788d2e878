from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class StaffConfig(AppConfig):
    """People, what they may do, and the machines that hold keys."""

    name = "reviewapp.staff"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from reviewapp.staff import signing_in

        signing_in.listen()


class ConfigurationPages(AdminConfig):
    """Django's admin, which here is for configuration only."""

    default_site = "reviewapp.staff.configuration.ConfigurationSite"
