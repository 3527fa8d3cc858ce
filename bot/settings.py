"""What the operator of the bot sets: environment variables and files."""
