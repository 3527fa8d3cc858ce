"""What a Phalanx checkout says: applications, environments, charts, workloads, Kafka resources.

Read-only, and lazily: a question costs what it needs, not what the tree holds.
"""
