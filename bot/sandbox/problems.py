"""What GitHub refuses, by status and in its words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

DOCS = "https://docs.github.com/rest"

T = TypeVar("T")


class Refused(Exception):
    """The request is answered with `status` and a JSON body."""

    def __init__(self, status: int, message: str, **more: object) -> None:
        super().__init__(f"{status} {message}")
        self.status = status
        self.body: Mapping[str, Any] = {"message": message, **more, "documentation_url": DOCS, "status": str(status)}
        self.headers: dict[str, str] = {}


class NotFound(Refused):
    """There is no such thing, or none that the caller may know of: GitHub does not tell which."""

    def __init__(self, message: str = "Not Found") -> None:
        super().__init__(404, message)


def there(found: T | None) -> T:
    """Return what was found; raises NotFound for nothing."""
    if found is None:
        raise NotFound
    return found


class BadCredentials(Refused):
    """A token that is unknown, revoked or past its hour."""

    def __init__(self) -> None:
        super().__init__(401, "Bad credentials")


class Forbidden(Refused):
    """The App, or this token of it, lacks the permission."""

    def __init__(self) -> None:
        super().__init__(403, "Resource not accessible by integration")


class Invalid(Refused):
    """A field that GitHub does not take: `code` is one of its own words, or `custom` with a message."""

    def __init__(self, resource: str, field: str, code: str, message: str = "") -> None:
        error = {"resource": resource, "field": field, "code": code}
        super().__init__(422, "Validation Failed", errors=[error | ({"message": message} if message else {})])


class Unprocessable(Refused):
    """A 422 that says no more than one sentence."""

    def __init__(self, message: str) -> None:
        super().__init__(422, message)
