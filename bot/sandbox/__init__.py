"""A local GitHub for trying the bot and for its tests: real git over HTTP, signed webhooks, faults on demand.

Knows nothing of the bot: it answers as github.com does, or it is a bug.
"""
