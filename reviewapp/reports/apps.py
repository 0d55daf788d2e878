from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Reads every room and changes no other room's rows."""

    name = "reviewapp.reports"
    label = "reports"

    def ready(self) -> None:
        from reviewapp.web import navigation

        navigation.register(navigation.Item("Decisions", "reports:log", "read_log", 40))
