"""What an audit can find: the id of each rule, what it means, and how to mend it. How grave each is, `rules/` say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Gravity(StrEnum):
    """How grave a finding of an audit is; what is `off` is not looked for."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Audited:
    """One rule of an audit, in two sentences."""

    meaning: str
    remedy: str


AUDITED: dict[str, Audited] = {
    "not-rendered": Audited(
        "Helm does not render the application or the Applications of the environment, so nothing in it was looked at.",
        "Mend the chart or its values; `helm template` shows the same error.",
    ),
    "kafka-not-enabled": Audited(
        "A KafkaAccess names a cluster whose application, or one that it needs, is not enabled in that environment.",
        "Enable it there, or do not render the KafkaAccess there.",
    ),
    "access-operator-not-enabled": Audited(
        "A KafkaAccess is rendered where no access operator runs, so that no Secret is made of it.",
        "Enable the access operator there, or do not render the KafkaAccess there.",
    ),
    "strimzi-not-enabled": Audited(
        "A KafkaUser or KafkaTopic is rendered where Strimzi does not run, so that nothing comes of it.",
        "Enable Strimzi there, or do not render it there.",
    ),
    "user-missing": Audited(
        "A KafkaAccess names a KafkaUser that is not there in that environment, so that no Secret is made.",
        "Render the KafkaUser there, mend its name or namespace, or do not render the KafkaAccess there.",
    ),
    "user-of-another-cluster": Audited(
        "A KafkaAccess names a KafkaUser that is one of another Kafka cluster.",
        "Name the cluster of the user, or a user of the cluster.",
    ),
    "user-authentication": Audited(
        "A KafkaAccess binds a KafkaUser to a listener that does not take its type of authentication.",
        "Bind it to another listener, or change the user's authentication.",
    ),
    "user-of-another-application": Audited(
        "An application uses the KafkaUser of another one, so that one's rights are the other's.",
        "Give the application a KafkaUser of its own.",
    ),
    "user-unused": Audited(
        "No KafkaAccess names a KafkaUser, and no workload mounts its Secret.",
        "Remove it, if nothing outside of the repository uses it.",
    ),
    "access-expired": Audited(
        "A KafkaUser has a last day that is over, and still has its access.",
        "Merge the bot's pull request that takes it away, or give it another day with expires=.",
    ),
    "secret-missing": Audited(
        "A workload takes what only a KafkaAccess's Secret holds from a Secret that nothing makes: it never starts.",
        "Render a KafkaAccess of that name there, or mend the name.",
    ),
    "secret-doubtful": Audited(
        "A workload uses a Secret that seems to be about Kafka, and nothing in the repository makes it there.",
        "Make sure that somebody makes it.",
    ),
    "secret-key": Audited(
        "A workload takes a key out of a KafkaAccess's Secret that the operator does not write: it never starts.",
        "Take one of the keys that it writes, such as bootstrapServers or ssl.keystore.crt.",
    ),
    "access-unused": Audited(
        "No workload of its namespace uses the Secret of a KafkaAccess.",
        "Wire the workload that needs it, or remove the KafkaAccess.",
    ),
    "workload-unwired": Audited(
        "A workload looks like another one of its application and takes less out of the KafkaAccess's Secret.",
        "Wire it in the same way, if it talks to Kafka.",
    ),
    "hook-before-secret": Audited(
        "A Job that runs before the sync uses the Secret of a KafkaAccess of the same sync: at the first one it waits.",
        "Sync the KafkaAccess first, or give it the same hook with a lower weight.",
    ),
    "metrics-not-listed": Audited(
        "A KafkaAccess names the metrics user of an application that is not in the environment's list.",
        "Add the application to the list of that environment, or switch its metrics off there.",
    ),
    "metrics-unused": Audited(
        "An application is in the environment's list of metrics, and does not run there or does not publish there.",
        "Take it off the list of that environment, or switch its metrics on there.",
    ),
    "metrics-twice": Audited(
        "An application is in the environment's list of metrics more than once.",
        "Take all but one off the list.",
    ),
    "object-invalid": Audited(
        "The Kubernetes API would refuse an object, or drop a part of it, as its CRD has it.",
        "Mend the field.",
    ),
    "rule-unreadable": Audited(
        "A KafkaUser has a rule that Strimzi does not take; then it applies none of the user's rules.",
        "Mend the rule.",
    ),
    "rule-singular": Audited(
        "A rule has `operation` in place of `operations`, which Strimzi no longer reads since version 0.49.",
        "Write a list `operations`.",
    ),
    "operation-invalid": Audited(
        "A rule has an operation that its type of resource does not know; Kafka takes it and never matches it.",
        "Remove the operation, or mend the type of the resource.",
    ),
    "prefix-star": Audited(
        "A rule of patternType prefix has a name that ends in `*`; it stands for names with a star in them.",
        "Remove the star.",
    ),
    "prefix-open": Audited(
        "A topic prefix does not end in a separator, so that it covers names that merely begin alike.",
        "End the prefix with a dot, or name the topics.",
    ),
    "group-missing": Audited(
        "A KafkaUser may read topics and may join no consumer group, which all consumers but a few do.",
        "Add a rule for its group.",
    ),
    "group-everything": Audited(
        "A KafkaUser may act as every consumer group, so also move the offsets of others.",
        "Name its groups, or their prefix.",
    ),
    "topic-everything": Audited(
        "A KafkaUser may do everything to every topic, or write to every topic.",
        "Name its topics, or their prefix.",
    ),
    "cluster-everything": Audited(
        "A KafkaUser may change the cluster or its ACLs, and so give itself every right.",
        "Name the operations that it needs.",
    ),
    "cluster-label": Audited(
        "A KafkaUser or KafkaTopic has no label strimzi.io/cluster, or that of no cluster there: it is ignored.",
        "Give it the label of its cluster.",
    ),
    "namespace-unwatched": Audited(
        "A KafkaUser or KafkaTopic is outside of its cluster's namespace, where Strimzi does not look by default.",
        "Put it into the namespace of the cluster.",
    ),
    "topic-undeclared": Audited(
        "A rule names a topic that no KafkaTopic of the environment declares; something else may create it.",
        "Declare it, if nothing else creates it.",
    ),
    "topic-misspelt": Audited(
        "A rule names a topic that no KafkaTopic declares, and that is a letter or two from one that is declared.",
        "Mend the name of one of them.",
    ),
    "topic-collision": Audited(
        "Two topics differ by `.` and `_` only; Kafka refuses the second.",
        "Rename one of them.",
    ),
    "topic-twice": Audited(
        "A topic is declared more than once; Strimzi minds the oldest KafkaTopic and refuses the others.",
        "Remove all but one.",
    ),
    "user-twice": Audited(
        "A KafkaUser is rendered more than once in an environment; the last one applied wins.",
        "Remove all but one.",
    ),
    "name-invalid": Audited(
        "Kafka or Kubernetes does not take the name of a topic or object.",
        "Rename it; a KafkaTopic can have the topic's own name as spec.topicName.",
    ),
    "user-name-too-long": Audited(
        "A certificate cannot hold the name of a KafkaUser, so that it gets none.",
        "Choose a name of at most 64 characters.",
    ),
    "super-user-name": Audited(
        "A Kafka cluster has a KafkaUser's name among its super users, which is not the principal of that user.",
        "Write `CN=` before the name of a user with a certificate, and nothing before that of one with a password.",
    ),
    "api-version-old": Audited(
        "A file has Kafka objects of an API version that Strimzi 1.0 does not serve.",
        "Bring them to kafka.strimzi.io/v1 before Strimzi is upgraded to 1.0; for users and topics, type "
        "/kafka-access migrate APP.",
    ),
}
"""By id, in the order of the documentation."""
