"""Durable execution: jobs that outlive the process, one at a time per key, in order of arrival.

The only room that knows the job engine (DBOS).
"""
