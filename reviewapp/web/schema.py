"""What the OpenAPI description says of every operation: how to sign in, and how it refuses."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from reviewapp.web.problems import CONTENT_TYPE

_PROBLEM = {
    "type": "object",
    "description": "An RFC 9457 problem.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
_ALWAYS = {
    "401": "No key, or one that opens nothing.",
    "403": "The key lacks a scope.",
    "404": "Nothing here by that name.",
    "406": "The answer cannot be had in the form asked for.",
    "422": "A value is wrong.",
    "429": "Too often: Retry-After says when to come again.",
}
_WITH_BODY = {
    "400": "The body cannot be parsed.",
    "411": "Content-Length is missing.",
    "413": "The body is too large.",
    "415": "The body has a content type that this call does not take.",
}


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "reviewapp.web.authentication.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A source's API key."}


def describe_problems(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Postprocessing hook: every operation of ours may answer with these problems."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = _PROBLEM
    for path in result.get("paths", {}).values():
        for method, operation in path.items():
            if not isinstance(operation, dict) or "responses" not in operation:
                continue
            said = _ALWAYS | (_WITH_BODY if method in {"post", "put", "patch"} else {})
            for status, description in said.items():
                operation["responses"].setdefault(status, _response(description))
    return result


def _response(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {CONTENT_TYPE: {"schema": schema}}}
