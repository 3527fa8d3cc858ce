"""The pages for people: jobs, open requests, who may use which topic, what is wrong with it.

Everything is shown and nothing is changed. What takes long is found out in the background; no page waits for it.
"""
