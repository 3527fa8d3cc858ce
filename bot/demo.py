"""The demonstration: a local GitHub and the bot beside it."""
