"""The Secret that the access operator makes of a KafkaAccess, a service binding: which keys it has.

https://github.com/strimzi/kafka-access-operator (SecretDependentResource, KafkaListener, KafkaUserData)
"""

from __future__ import annotations

CONNECTION = frozenset(
    {"bootstrap.servers", "bootstrap-servers", "bootstrapServers", "security.protocol", "securityProtocol"}
)
TLS = frozenset({"ssl.keystore.crt", "ssl.keystore.key", "ssl.keystore.p12", "ssl.keystore.password"})
_SCRAM = frozenset({"username", "user", "password", "sasl.jaas.config", "sasl.mechanism", "saslMechanism"})
_ANY = CONNECTION | {"type", "provider", "ssl.truststore.crt"}

KEYS = {"tls": _ANY | TLS, "scram-sha-512": _ANY | _SCRAM, "": _ANY | TLS | _SCRAM}
"""The keys by the user's authentication; empty where that is not known.

The newest versions are meant, and a listener with TLS, so that nothing is missed that may be there.
"""
