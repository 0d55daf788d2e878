from django.urls import path

from appeals.desk import clocks, letters, lists

app_name = "appeals"

urlpatterns = [
    path("appeals/", lists.appeals, name="queue"),
    path("appeals/claims/", lists.appeal_claims, name="claims"),
    path("grievances/", lists.grievances, name="grievances"),
    path("grievances/claims/", lists.grievance_claims, name="grievance_claims"),
    path("orders/", lists.orders, name="orders"),
    path("orders/claims/", lists.order_claims, name="order_claims"),
    path("letters/", letters.letters, name="letters"),
    path("letters/<str:ref>/resending/", letters.letter_resending, name="letter_resending"),
    path("clocks/", clocks.clocks, name="clocks"),
]
