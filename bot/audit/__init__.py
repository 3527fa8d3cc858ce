"""What is wrong with the Kafka objects and the wiring of a landscape: one check per rule, each finding with its place.

Pure: a landscape in, findings out.
"""
