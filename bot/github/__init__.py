"""Everything said to GitHub: App authentication, webhooks in, comments and pull requests out, deliveries.

Decides nothing about commands; every write is looked for before it is made.
"""
