import re

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


class TestTheDescription:
    def test_is_there_for_anybody(self, client: Client) -> None:
        schema = client.get("/api/schema/").json()

        assert schema["openapi"].startswith("3.")
        assert schema["components"]["schemas"]["Problem"]["properties"]["errors"]

    def test_says_of_every_operation_how_it_refuses(self, client: Client) -> None:
        schema = client.get("/api/schema/").json()

        for path, operations in schema["paths"].items():
            for method, operation in operations.items():
                assert {"401", "403", "429"} <= set(operation["responses"]), (method, path)

    def test_is_shown_by_a_page_of_this_host_alone(self, client: Client) -> None:
        page = client.get("/api/docs/")
        html = page.content.decode()
        links = re.findall(r'(?:src|href)="([^"]*)"', html)

        assert links
        assert all(link.startswith("/") and not link.startswith("//") for link in links)
        assert "<style" not in html
        assert not re.search(r"<script(?![^>]*src=)", html)
        script = client.get(links[-1].replace("&amp;", "&"))
        assert script.headers["Content-Type"].startswith("application/javascript")
        assert b"/api/schema/" in script.content
