"""The three kinds of failure, decided by class; everything that is neither of these two is a bug.

A subclass takes facts and builds the sentence, so that the same mistake always reads the same.
"""

from __future__ import annotations


class UserError(Exception):
    """The request cannot be done as asked: the text is the reply, the hint says what to type or do instead.

    `text` and `hint` are plain text; whoever shows them to people escapes or fences them.
    """

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.hint = hint


class TryLater(Exception):
    """The surroundings failed (no Helm, an unreadable checkout): the same request may succeed later."""

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.hint = hint
