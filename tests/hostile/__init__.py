"""What people with bad intentions, or bad luck, send to the bot."""
