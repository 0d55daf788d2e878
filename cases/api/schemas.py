"""The structs that doors read and write, told to OpenAPI: what is decoded is what is described."""

from enum import Enum
from typing import Any

import msgspec
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter

_REF = "#/components/schemas/{name}"


class StructSchema(AutoSchema):
    """Lets `extend_schema` take msgspec structs for bodies; a described body is required."""

    def _get_request_for_media_type(
        self, serializer: Any, direction: Any = "request"
    ) -> tuple[Any, bool]:
        schema, required = super()._get_request_for_media_type(  # type: ignore[no-untyped-call]
            self._told(serializer), direction
        )
        return schema, required or isinstance(serializer, dict | type)

    def _get_response_for_code(self, serializer: Any, *args: Any, **kwargs: Any) -> Any:
        return super()._get_response_for_code(  # type: ignore[no-untyped-call]
            self._told(serializer), *args, **kwargs
        )

    def _told(self, kind: Any) -> Any:
        if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
            return kind
        (schema,), components = msgspec.json.schema_components(
            [kind], ref_template=_REF, schema_hook=_enum_schema
        )
        for name, component in components.items():
            self.registry.register_on_missing(
                ResolvedComponent(  # type: ignore[no-untyped-call]
                    name=name, type=ResolvedComponent.SCHEMA, schema=_typed(component), object=name
                )
            )
        return schema


def _enum_schema(kind: type) -> dict[str, Any]:
    """Django's enums are not plain ones to msgspec's describer, though they are to its decoder."""
    if issubclass(kind, Enum):
        return {"type": "string", "enum": [member.value for member in kind]}
    raise NotImplementedError


def query(
    name: str, description: str, *, enum: list[str] | None = None, kind: Any = str
) -> OpenApiParameter:
    """A parameter of the query string; none is required."""
    return OpenApiParameter(name, kind, "query", description=description, enum=enum)


def _typed(schema: Any) -> Any:
    """The same schema with the type said beside each list of values, as later hooks expect."""
    if isinstance(schema, list):
        return [_typed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    typed = {key: _typed(value) for key, value in schema.items()}
    values = schema.get("enum")
    if isinstance(values, list) and "type" not in schema:
        typed["type"] = "string"
    return typed
