"""What the pages share on which somebody tries something: what was sent, and what is answered."""

from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict


@dataclass(frozen=True)
class Posted:
    """What a form sent: its texts by name, and its files."""

    texts: QueryDict
    files: MultiValueDict[str, UploadedFile] = field(default_factory=MultiValueDict)


@dataclass(frozen=True)
class Answer:
    """What the panel of a tool shows in answer, and the status the page goes out with."""

    shown: dict[str, Any]
    status: int = 200


#: A form that cannot be taken as it is.
NOT_ACCEPTED = 422
