"""Byte-preserving edits of Helm templates and YAML values: text in, splices out.

Pure: knows YAML, Go template directives and styles of writing; nothing of Kafka, Phalanx or files.
"""
