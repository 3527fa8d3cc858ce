"""Registering and installing Apps, and renaming repositories: what an owner does in the settings."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.sandbox import events
from bot.sandbox.model import App, Installation, Repository
from bot.sandbox.world import World, slug


def register(world: World, name: str, webhook_url: str, secret: str, manifest: Mapping[str, Any]) -> tuple[App, str]:
    """Register an App with the permissions and events of its manifest; returns it and its private key as PEM."""
    private_key, public_key = _keys()
    owner = world.repositories[0].owner if world.repositories else world.account("sandbox")
    number = world.next_id()
    app = App(
        id=number,
        slug=slug(name),
        name=name,
        client_id=f"Iv23{secrets.token_hex(8)}",
        owner=owner,
        bot=world.account(f"{slug(name)}[bot]", "Bot"),
        created=world.clock.now(),
        public_key=public_key,
        permissions={"metadata": "read", **manifest.get("default_permissions", {})},
        events=tuple(manifest.get("default_events", ())),
        webhook_url=webhook_url,
        webhook_secret=secret,
        hook_id=world.next_id(),
        client_secret=secrets.token_hex(20),
        setup_url=str(manifest.get("setup_url", "")),
        callback_urls=tuple(map(str, manifest.get("callback_urls", ()))),
    )
    world.apps.append(app)
    return app, private_key


def install(world: World, app: App, repositories: Sequence[Repository]) -> Installation:
    """Install an App on repositories of one owner, and tell it."""
    account = repositories[0].owner if repositories else app.owner
    installation = Installation(world.next_id(), app, account, world.clock.now(), list(repositories))
    world.installations.append(installation)
    events.installed(world, installation, app.owner)
    return installation


def rename(world: World, repository: Repository, full_name: str) -> None:
    """Rename or transfer a repository: its old names lead on to it."""
    before, owner = repository.name, repository.owner
    world.moved[repository.full_name.lower()] = repository
    world.moved.pop(full_name.lower(), None)
    owner_name, _, repository.name = full_name.partition("/")
    repository.owner = world.account(owner_name, "Organization")
    changes: Mapping[str, Any] = {"repository": {"name": {"from": before}}}
    events.tell(world, repository, "repository", owner, {"action": "renamed", "changes": changes})


def _keys() -> tuple[str, str]:
    """Return a private key and its public one, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()
