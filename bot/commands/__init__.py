"""The command language: comment text in, Commands or errors with a caret out.

Pure: knows no checkout, no GitHub, no rules; only what may be typed and what it means.
"""
