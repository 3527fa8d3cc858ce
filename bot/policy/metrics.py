"""The rules about metrics that applications publish (`metrics.yaml`)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from bot.policy.profiles import Profile, VariableName
from bot.policy.strict import ApplicationText, Dotted, Strict


class Setting(Strict):
    """One of the application's values about its metrics, and what helm-docs says of it."""

    key: Dotted
    value: bool | ApplicationText
    comment: str
    default: str = ""


class Told(Strict):
    """A variable that tells the application one of its settings, or a fixed value."""

    name: VariableName
    setting: Dotted | None = None
    value: str = ""


class Metrics(Strict):
    """How metrics are declared, and how the Kafka service names what it makes of that."""

    subchart: str
    list: Annotated[str, Field(pattern=r"^[\w-]+(\.[\w-]+)+$")]
    tags: ApplicationText
    dash: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]*$")]
    user: ApplicationText
    topic: ApplicationText
    needs: tuple[tuple[str, ...], ...] = ()
    switch: Annotated[str, Field(pattern=r"^[A-Za-z]\w*(\.[A-Za-z]\w*)+$")]
    settings: tuple[Setting, ...]
    client: Profile
    variables: Annotated[tuple[Told, ...], Field(min_length=1)]

    @field_validator("settings")
    @classmethod
    def _has_switch(cls, settings: tuple[Setting, ...], info: ValidationInfo) -> tuple[Setting, ...]:
        key = str(info.data.get("switch", "")).rpartition(".")[2]
        if key and all(one.key != key or one.value is not False for one in settings):
            message = f"the switch {key} is not among them, off"
            raise ValueError(message)
        return settings

    @field_validator("variables")
    @classmethod
    def _know_settings(cls, variables: tuple[Told, ...], info: ValidationInfo) -> tuple[Told, ...]:
        known = {one.key for one in info.data.get("settings", ())}
        unknown = [one.setting for one in variables if one.setting is not None and one.setting not in known]
        if known and unknown:
            message = f"{unknown[0]} is not among settings"
            raise ValueError(message)
        return variables

    def listed(self, application: str) -> str:
        """Return under which name an application is on the list, where it is not there yet."""
        return application.replace("-", self.dash)

    def name_of(self, user: str) -> str:
        """Return under which name a KafkaUser made of the list is on it; empty for other users."""
        before, _, after = self.user.partition("{application}")
        inside = user.removeprefix(before).removesuffix(after)
        return inside if user == f"{before}{inside}{after}" else ""
