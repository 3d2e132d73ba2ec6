"""Shared types of the pages where a visitor can try something: the submitted form and the answer."""

from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict


@dataclass(frozen=True)
class Posted:
    """A submitted form: its texts by name, and its files."""

    texts: QueryDict
    files: MultiValueDict[str, UploadedFile] = field(default_factory=MultiValueDict)


@dataclass(frozen=True)
class File:
    """A file that a tool made from what was submitted."""

    name: str
    content: bytes
    content_type: str


@dataclass(frozen=True)
class Answer:
    """Context of the tool's panel in the answer, and the HTTP status of the page; or a file to download instead."""

    shown: dict[str, Any]
    status: int = 200
    file: File | None = None


#: Status for a form with errors.
NOT_ACCEPTED = 422
