"""What is wrong with the Kafka objects and the wiring of a landscape: one check per rule, each finding with its place.

Checks are pure: an environment in, faults out. Only `facts` and `look` read a checkout.
"""
