from allauth.account import views as account
from django.contrib import admin
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from reviewapp.web import frame, gallery
from reviewapp.web.access import may, public, signed_in, stamped

_anybody = stamped(
    public("people who are not signed in yet come here to sign in, or to have a password reset"),
    [
        path("login/", account.login, name="account_login"),
        path("logout/", account.logout, name="account_logout"),
        path("inactive/", account.account_inactive, name="account_inactive"),
        path("password/reset/", account.password_reset, name="account_reset_password"),
        path(
            "password/reset/done/", account.password_reset_done, name="account_reset_password_done"
        ),
        re_path(
            r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
            account.password_reset_from_key,
            name="account_reset_password_from_key",
        ),
        path(
            "password/reset/key/done/",
            account.password_reset_from_key_done,
            name="account_reset_password_from_key_done",
        ),
    ],
)
_members = stamped(
    signed_in,
    [
        path("password/change/", account.password_change, name="account_change_password"),
        path("password/set/", account.password_set, name="account_set_password"),
        path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    ],
)
_description = stamped(
    public("it describes the doors for machines and holds no data"),
    [
        path("schema/", SpectacularJSONAPIView.as_view(), name="schema"),
        path(
            "docs/",
            SpectacularSwaggerSplitView.as_view(url_name="schema", template_name="api/docs.html"),
            name="api_docs",
        ),
    ],
)

urlpatterns = [
    path("healthz", frame.health, name="health"),
    path("metrics", frame.metrics, name="metrics"),
    path("components/", gallery.components, name="components"),
    # Not under accounts/: an account here is one on the messenger.
    path("staff/", include([*_anybody, *_members])),
    path("admin/", stamped(may("configure"), admin.site.urls)),
    path("api/", include(_description)),
    path("review/", include("appeals.portal.urls")),
    path("", include("cases.urls")),
    path("", include("appeals.urls")),
    path("", include("reviewapp.reports.urls")),
    path("api/v1/", include("cases.api.urls")),
    path("api/v1/", include("appeals.api.urls")),
]

handler400 = frame.bad_request
handler403 = frame.forbidden
handler404 = frame.not_found
handler500 = frame.broken
