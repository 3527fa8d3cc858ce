"""Kafka's own rules: ACLs, operations, principals, names, effective access.

Pure: no files, no YAML text, no rules of a team. What Kafka and Strimzi decide is here with its source.
"""
