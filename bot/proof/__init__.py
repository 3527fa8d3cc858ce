"""Renders a change before and after, as Argo CD would, and compares objects with what was announced.

Imports nothing of planning or roundtrip: a judge does not ask the accused how it was done.
"""
