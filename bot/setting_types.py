"""What a setting may be: addresses, keys, secrets, networks. Pure, but for the folders that have to be there.

What is wrong raises ValueError, as pydantic wants it, with a text that never holds the value.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode

_SHORTEST_SECRET = 20


def address(text: str) -> str:
    """Return a web address without the slash at its end; raises ValueError for anything else or with a password."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("has to be an address such as https://github.example.org")
    if parts.username or parts.password:
        raise ValueError("must not hold a user or a password")
    return text.rstrip("/")


def _key(secret: SecretStr) -> SecretStr:
    """Variables often carry the line ends of the key as backslash and n."""
    pem = secret.get_secret_value().replace("\\n", "\n").strip() + "\n"
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):
        # pydantic wants a ValueError. GitHub gives Apps RSA keys only.
        raise ValueError("has to be an RSA private key in PEM format, without a passphrase")  # noqa: TRY004
    return SecretStr(pem)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part for one in text.split(",") if (part := one.strip()))


def _listed(value: object) -> object:
    return _parts(value) if isinstance(value, str) else value


def _long(secrets: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    if not secrets or any(len(one.get_secret_value()) < _SHORTEST_SECRET for one in secrets):
        # An empty secret is a secret to HMAC: anybody could sign with it.
        raise ValueError(
            f"has to be one secret, or several with commas, of at least {_SHORTEST_SECRET} characters each"
        )
    return secrets


def _networks(value: object) -> object:
    try:
        return tuple(ip_network(one, strict=False) for one in _parts(value)) if isinstance(value, str) else value
    except ValueError:
        raise ValueError("has to be addresses or networks with commas, such as 10.0.0.0/8") from None


def _folder(path: Path) -> Path:
    if not path.is_dir():
        raise ValueError(f"{path} is not a folder")
    return path.absolute()


def _database(url: SecretStr) -> SecretStr:
    if not re.match(r"(sqlite:///|postgres(ql)?(\+psycopg)?://)[^\s]+$", url.get_secret_value()):
        raise ValueError("has to begin with sqlite:/// or postgresql://")
    return url


def _token(token: SecretStr) -> SecretStr:
    if len(token.get_secret_value()) < _SHORTEST_SECRET:
        raise ValueError(f"has to have at least {_SHORTEST_SECRET} characters")
    return token


Url = Annotated[str, AfterValidator(address)]
Key = Annotated[SecretStr, AfterValidator(_key)]
Secrets = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_listed), AfterValidator(_long)]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_networks)]
Folder = Annotated[Path, AfterValidator(_folder)]
Database = Annotated[SecretStr, AfterValidator(_database)]
Token = Annotated[SecretStr, AfterValidator(_token)]
