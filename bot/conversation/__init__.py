"""What the bot does when GitHub says something: each event to its jobs, each job to its steps.

Decides what is said and done; how it is said to GitHub, git or the job engine belongs to those rooms.
"""
