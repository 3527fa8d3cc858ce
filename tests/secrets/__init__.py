"""Secrets stay where they belong: the whole bot as operators run it, and everything that it leaves behind."""
