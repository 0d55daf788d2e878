from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CasesConfig(AppConfig):
    """From a detection to a settled case."""

    name = "cases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Importing the tasks also tells nudging how a worker is woken.
        from cases import installation, tasks  # noqa: F401
        from reviewapp.web import navigation

        settings = ("cases:queue_settings", "cases:routing", "cases:routing_rule")
        for label, url_name, permission, position, pages in (
            ("Home", "cases:home", None, 0, ()),
            ("Cases", "cases:queue", "read_cases", 10, ()),
            ("Approvals", "cases:approvals", "approve_decisions", 12, ()),
            ("Queues", "cases:queue_list", "set_queues", 15, settings),
            ("Enforcement", "cases:enforcements", "read_enforcements", 20, ()),
            ("Detectors", "cases:detectors", "read_detectors", 30, ()),
        ):
            navigation.register(navigation.Item(label, url_name, permission, position, pages))

        post_migrate.connect(installation.install, sender=self, dispatch_uid="cases.installation")
