"""The keywords and options of the language."""

from __future__ import annotations

from bot.commands import amounts, checks, resources
from bot.commands.entries import TOPIC, Option, lines

OPTIONS = (
    Option(
        "topic",
        "topic=NAME[*][:OPS]",
        "A topic, or with a trailing `*` all topics whose names begin so, and what the application does with them: "
        "`read`, `write`, `manage` (or `all`), or Kafka's operations by name, separated by commas. May be repeated.",
        lines(
            f"myapp {TOPIC}:read,write",
            "myapp topic=lsst.square-events.myapp.*:read topic=lsst.example:Describe,DescribeConfigs",
        ),
        "topics",
        resources.topic,
        repeatable=True,
    ),
    Option(
        "group",
        "group=NAME[*]",
        "A consumer group, or with a trailing `*` all groups whose names begin so. May be repeated; without it the "
        "rules choose one as soon as anything is read.",
        lines(f"myapp {TOPIC}:read group=myapp.ingest*"),
        "groups",
        resources.group,
        repeatable=True,
    ),
    Option(
        "txn",
        "txn=ID[*]",
        "A transactional id, or with a trailing `*` all ids that begin so, to describe and to write with: besides "
        "writing its topics, that is all a transactional producer needs. May be repeated.",
        lines(f"myapp {TOPIC}:write txn=myapp-*"),
        "transactional_ids",
        resources.transactional_id,
        repeatable=True,
    ),
    Option(
        "env",
        "env=ENVIRONMENT[,ENVIRONMENT]...",
        "The environments that are meant; without it, all that the application can have it in. May be repeated.",
        lines(f"myapp {TOPIC}:read env=idfdev,usdfdev"),
        "environments",
        checks.environments,
        repeatable=True,
    ),
    Option(
        "workload",
        "workload=[KIND/]NAME[,[KIND/]NAME]...|all",
        "The workloads that become Kafka clients, where the application has several; KIND is `deployment`, "
        "`statefulset`, `cronjob` or `job`.",
        lines(f"myapp {TOPIC}:read workload=deployment/myapp,cronjob/myapp-audit", f"myapp {TOPIC}:read workload=all"),
        "workloads",
        checks.workloads,
    ),
    Option(
        "container",
        "container=NAME",
        "The container that becomes a Kafka client, where a workload has several.",
        lines(f"myapp {TOPIC}:read container=myapp"),
        "container",
        checks.object_name,
    ),
    Option(
        "user",
        "user=NAME",
        "The name of the KafkaUser, where it is not the application's.",
        lines(f"myapp {TOPIC}:read user=myapp-ingest"),
        "user",
        checks.object_name,
    ),
    Option(
        "secret",
        "secret=NAME",
        "The name of the KafkaAccess, and so of its Secret, where the usual one does not fit.",
        lines(f"myapp {TOPIC}:read secret=myapp-ingest-kafka"),
        "secret",
        checks.object_name,
    ),
    Option(
        "create",
        "create",
        "Create the topics too.",
        lines(f"myapp {TOPIC}:write create"),
        "create",
    ),
    Option(
        "partitions",
        "partitions=NUMBER",
        f"How many partitions a created topic has, 1 to {amounts.PARTITION_LIMIT}; only with `create`.",
        lines(f"myapp {TOPIC}:write create partitions=3"),
        "partitions",
        amounts.partitions,
    ),
    Option(
        "retention",
        "retention=DURATION|forever",
        "How long a created topic keeps its messages, in `ms`, `s`, `m`, `h`, `d` or `w`; only with `create`.",
        lines(f"myapp {TOPIC}:write create retention=7d"),
        "retention",
        amounts.retention,
    ),
    Option(
        "enable-operator",
        "enable-operator",
        "Turn on Strimzi's access operator in environments that do not have it yet.",
        lines(f"myapp {TOPIC}:read enable-operator"),
        "enable_operator",
    ),
    Option(
        "metrics",
        "metrics",
        "Let the application publish metrics events: Sasquatch makes a topic for them and takes them to InfluxDB. In a "
        "command of its own; it takes `env`, `tags`, `workload`, `container`, `secret` and `enable-operator`.",
        lines("myapp metrics"),
        "metrics",
    ),
    Option(
        "tags",
        "tags=TAG[,TAG]...",
        "The fields of metrics events that become tags in InfluxDB; only with `metrics`. May be repeated.",
        lines("myapp metrics tags=username,service"),
        "tags",
        checks.tags,
        repeatable=True,
    ),
    Option(
        "expires",
        "expires=YYYY-MM-DD|never",
        "The last day of the access, of all that the KafkaUser may do; `never` takes it back. When it is over, the bot "
        "opens a pull request that takes the access away.",
        lines(f"myapp {TOPIC}:read expires=2031-12-24", "myapp expires=never"),
        "expires",
        amounts.day,
    ),
    Option(
        "quota",
        "quota=producer:RATE,consumer:RATE|none",
        "How many bytes a second the KafkaUser may write and read on each broker, in `B`, `kB`, `MB`, `GB`, `KiB`, "
        "`MiB` or `GiB`; `none` in place of a rate, or of all, takes the limit away. What is not named stays as it is. "
        "May be repeated.",
        lines(f"myapp {TOPIC}:write quota=producer:1MiB/s,consumer:10MB/s", "myapp quota=none"),
        "quota",
        amounts.quota,
        repeatable=True,
    ),
    Option(
        "profile",
        "profile=NAME",
        "Names of variables for another client: `default` (the guide's), `librdkafka` or `spring`, or what else the "
        "rules have.",
        lines(f"myapp {TOPIC}:read profile=spring"),
        "profile",
        checks.simple_name,
    ),
    Option(
        "cluster",
        "cluster=NAME",
        "The Kafka cluster, where the rules have several; without it, the first of them.",
        lines(f"myapp {TOPIC}:read cluster=prompt-kafka"),
        "cluster",
        checks.simple_name,
    ),
    Option(
        "app",
        "app=NAME",
        "The application, where its name is also a keyword.",
        lines(f"app=plan {TOPIC}:read"),
        "application",
        checks.application,
    ),
)
