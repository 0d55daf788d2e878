from django.urls import path

from reviewapp.reports.views import export, log

app_name = "reports"

urlpatterns = [
    path("decisions/", log.log, name="log"),
    path("decisions.csv", export.csv, name="csv"),
]
