"""The clients that applications run read what a grant gives to their container."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import trustme

from bot.checkout.files import write_all
from bot.pipeline import answer, skip
from bot.policy.rules import default_directory, load
from bot.process import run
from tests.support.tree import rendered

PYTHON = Path(__file__).parent.parent / ".venv-clients" / "bin" / "python"
"""`make test` installs it: safir asks for a gidgethub that is older than ours."""

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="no .venv-clients here: `make test` installs it")

SETTINGS = """
import json
from safir.kafka import KafkaConnectionSettings
print(json.dumps(KafkaConnectionSettings().model_dump(mode="json")))
"""
BROKER = """
import asyncio, ssl
from faststream.kafka import KafkaBroker
from safir.kafka import KafkaConnectionSettings
async def main():
    broker = KafkaBroker(**KafkaConnectionSettings().to_faststream_params())
    print(broker.url, broker.protocol, isinstance(broker.security.ssl_context, ssl.SSLContext))
asyncio.run(main())
"""


def secret() -> Mapping[str, bytes]:
    """Return what the access operator puts into the Secret of a KafkaAccess, with certificates that are true ones."""
    authority = trustme.CA()
    user = authority.issue_cert(common_name="myapp")
    return {
        "type": b"kafka",
        "provider": b"strimzi",
        "bootstrapServers": b"sasquatch-kafka-bootstrap.sasquatch:9093",
        "securityProtocol": b"SSL",
        "ssl.truststore.crt": authority.cert_pem.bytes(),
        "ssl.keystore.crt": user.cert_chain_pems[0].bytes(),
        "ssl.keystore.key": user.private_key_pem.bytes(),
    }


def environment(pod: Mapping[str, Any], contents: Mapping[str, bytes], root: Path) -> dict[str, str]:
    """Return the environment of a pod's container as the kubelet makes it, with the volumes mounted below `root`."""
    (container,) = pod["containers"]
    volumes = {one["name"]: one["secret"]["secretName"] for one in pod["volumes"] if "secret" in one}
    mounted = {}
    for mount in container["volumeMounts"]:
        if volumes.get(mount["name"]) == "myapp-kafka":
            place = root / mount["mountPath"].lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(contents[mount["subPath"]])
            mounted[mount["mountPath"]] = str(place)
    found = {}
    for one in container["env"]:
        reference = one.get("valueFrom", {}).get("secretKeyRef", {})
        if reference.get("name") == "myapp-kafka":
            found[one["name"]] = contents[reference["key"]].decode()
        elif one.get("value") is not None:
            found[one["name"]] = mounted.get(one["value"], one["value"])
    return found


@pytest.fixture
def client(tree: Path, tmp_path: Path) -> dict[str, str]:
    """The environment of myapp's container after a grant."""
    comment = "/kafka-access myapp topic=lsst.square-events.myapp.ingest:read,write"
    answer(tree, comment, load(default_directory()), skip, write_all)
    objects = rendered(tree, "applications/myapp", "myapp", "values.yaml", "values-alpha.yaml")
    (deployment,) = (one for one in objects if one["kind"] == "Deployment")
    return environment(deployment["spec"]["template"]["spec"], secret(), tmp_path / "pod")


def test_safir_reads_its_settings(client: dict[str, str], tmp_path: Path) -> None:
    done = run([str(PYTHON), "-c", SETTINGS], cwd=tmp_path, timeout=60, environment=client)
    assert done.status == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["bootstrap_servers"] == "sasquatch-kafka-bootstrap.sasquatch:9093"
    assert said["security_protocol"] == "SSL"
    assert said["client_cert_path"] == client["KAFKA_CLIENT_CERT_PATH"]


def test_faststream_builds_its_broker(client: dict[str, str], tmp_path: Path) -> None:
    done = run([str(PYTHON), "-c", BROKER], cwd=tmp_path, timeout=60, environment=client)
    assert done.status == 0, done.stderr
    assert done.stdout.strip() == "['sasquatch-kafka-bootstrap.sasquatch:9093'] kafka-secure True"


@pytest.mark.parametrize("name", ["KAFKA_SECURITY_PROTOCOL", "KAFKA_BOOTSTRAP_SERVERS", "KAFKA_CLIENT_KEY_PATH"])
def test_safir_needs_each(name: str, client: dict[str, str], tmp_path: Path) -> None:
    del client[name]
    done = run([str(PYTHON), "-c", SETTINGS], cwd=tmp_path, timeout=60, environment=client)
    assert done.status != 0
