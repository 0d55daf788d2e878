from django.apps import AppConfig
from django.db.models.signals import post_migrate

_BESIDE_GRIEVANCES = (
    *("appeals:orders", "appeals:order", "appeals:order_new"),
    *("appeals:letters", "appeals:clocks"),
)


class AppealsConfig(AppConfig):
    """From a disagreement to an answer."""

    name = "appeals"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Importing the tasks also tells nudging how their workers are woken.
        from appeals import installation, linking, tasks  # noqa: F401
        from cases import notifying
        from reviewapp.web import navigation

        for label, url_name, permission, position, pages in (
            ("Appeals", "appeals:queue", "read_appeals", 16, ()),
            # Orders, letters and clocks are tabs beside its list: the bar has room for few.
            ("Grievances", "appeals:grievances", "read_grievances", 17, _BESIDE_GRIEVANCES),
        ):
            navigation.register(navigation.Item(label, url_name, permission, position, pages))

        post_migrate.connect(installation.install, sender=self, dispatch_uid="appeals.installation")
        notifying.link_with(linking.link_of)
