"""Holds answers against the API's own description. The part of JSON Schema that the description uses."""

import json
import re
from collections.abc import Mapping
from typing import Any

from syncqueue.views.api import description

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}
_SILENT = {"description", "format", "$ref"}


def faults(value: Any, schema: Mapping[str, Any], where: str = "#") -> list[str]:
    """What about `value` is not as `schema` says; an unknown keyword of the schema is a fault too."""
    problems = faults(value, resolve(schema["$ref"]), where) if "$ref" in schema else []
    for keyword, rule in schema.items():
        if keyword not in _SILENT:
            problems += [f"{where}: {keyword}: {text}" for text in _RULES[keyword](value, rule, schema, where)]
    return problems


def resolve(reference: str) -> Any:
    node: Any = description()
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return node


def check(answer: Any, method: str, path: str) -> Any:
    """Fail unless this answer is described: status, content type, headers and body. Returns the body."""
    described = description()["paths"][path][method]["responses"][str(answer.status_code)]
    described = _followed(described)
    for name, header in described.get("headers", {}).items():
        if name in answer.headers:
            assert faults(answer.headers[name], _followed(header)["schema"]) == []
    if "content" not in described:
        assert answer.content == b""
        return None
    ((content_type, content),) = described["content"].items()
    assert answer["Content-Type"] == content_type
    body = json.loads(answer.content)
    assert faults(body, content["schema"]) == []
    return body


def _followed(part: Any) -> Any:
    return resolve(part["$ref"]) if "$ref" in part else part


def _type(value: Any, rule: Any, schema: Any, where: str) -> list[str]:
    names = [rule] if isinstance(rule, str) else rule
    fits = any(
        isinstance(value, _TYPES[name]) and not (name == "integer" and isinstance(value, bool)) for name in names
    )
    return [] if fits else [f"{value!r} is no {names}"]


def _properties(value: Any, rule: Any, schema: Any, where: str) -> list[str]:
    present = rule.keys() & value.keys() if isinstance(value, dict) else set()
    return [text for name in present for text in faults(value[name], rule[name], f"{where}/{name}")]


def _pattern_properties(value: Any, rule: Any, schema: Any, where: str) -> list[str]:
    return [
        text
        for pattern, inner in rule.items()
        for name in value or ()
        if re.search(pattern, name)
        for text in faults(value[name], inner, f"{where}/{name}")
    ]


def _additional(value: Any, rule: Any, schema: Any, where: str) -> list[str]:
    assert rule is False
    patterns = schema.get("patternProperties", {})
    extra = [
        name
        for name in (value if isinstance(value, dict) else ())
        if name not in schema.get("properties", {}) and not any(re.search(pattern, name) for pattern in patterns)
    ]
    return [f"{extra} too many"] if extra else []


def _any_of(value: Any, rule: Any, schema: Any, where: str) -> list[str]:
    return [] if any(not faults(value, inner, where) for inner in rule) else ["none fits"]


def _required(value: Any, rule: Any, schema: Any, where: str) -> list[str]:
    return [f"{name} is missing" for name in rule if name not in value]


_RULES: Mapping[str, Any] = {
    "type": _type,
    "properties": _properties,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional,
    "anyOf": _any_of,
    "required": _required,
    "const": lambda value, rule, *_: [] if value == rule else [f"{value!r}"],
    "enum": lambda value, rule, *_: [] if value in rule else [f"{value!r}"],
    "pattern": lambda value, rule, *_: [] if re.search(rule, value) else [f"{value!r}"],
    "minLength": lambda value, rule, *_: [] if len(value) >= rule else [f"{value!r}"],
    "minItems": lambda value, rule, *_: [] if len(value) >= rule else [f"{len(value)}"],
    "maxItems": lambda value, rule, *_: [] if len(value) <= rule else [f"{len(value)}"],
    "items": lambda value, rule, schema, where: [
        text for place, inner in enumerate(value) for text in faults(inner, rule, f"{where}/{place}")
    ],
}
