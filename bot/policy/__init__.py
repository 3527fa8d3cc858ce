"""What the owners of the Kafka cluster decided: loads `rules/`, turns requests into rules, judges them.

Imports nothing of planning: it sees names and ACLs, never files of a checkout.
"""
