"""The doors for machines, under /api/v1/."""

from django.urls import path

from appeals.api.appeals import Appeals, OneAppeal
from appeals.api.grievances import Grievances, OneGrievance

app_name = "appeals_api"
urlpatterns = [
    path("appeals", Appeals.as_view(), name="appeals"),
    path("appeals/<str:ref>", OneAppeal.as_view(), name="appeal"),
    path("grievances", Grievances.as_view(), name="grievances"),
    path("grievances/<str:ref>", OneGrievance.as_view(), name="grievance"),
]
