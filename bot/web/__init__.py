"""The HTTP face of the bot: webhook, health, metrics, registration of the App.

Nothing is worked on in a request.
"""
