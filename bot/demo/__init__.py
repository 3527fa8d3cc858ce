"""The demonstration: a local GitHub and the bot beside it, in one process and one folder that is gone afterwards.

Nothing in here is needed to run the bot.
"""
