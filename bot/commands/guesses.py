"""What was probably meant by words that the language does not have."""

from __future__ import annotations

from collections.abc import Sequence

from bot.commands.entries import Action
from bot.commands.errors import Mistake, Part, nearest, quoted
from bot.commands.registry import ENTRIES, GRANT, KEYWORDS, OPTIONS, TYPED_VERBS, VALUED

_BARE = [*TYPED_VERBS, *KEYWORDS, *(word for word in VALUED if word != "app")]
"""Words that may have been meant by a bare one: many applications are called nearly `app`."""

_SUSPECTS = 10
"""More are a sentence, and comparing each with the language takes long."""


def unknown_option(key: Part) -> Mistake:
    """Return what is wrong with `key=value`."""
    if not key.text:
        return Mistake(key, "the name of an option is missing before this", example=GRANT.working_example)
    close = nearest(key.text, OPTIONS)
    example = OPTIONS[close].working_example if close else GRANT.working_example
    return Mistake(key, f"{quoted(key.text, 'this')} is not an option", fix=close, example=example)


def too_many(names: Sequence[Part], extra: Sequence[Part], action: Action) -> Mistake:
    """Return what is wrong with several bare words where one is the application.

    Which of them is too much is a guess: a word of the language in the wrong form, else what is nearly one, else the
    first of the `extra` ones.
    """
    suspects = [*extra[:_SUSPECTS], names[0]]
    for guess in (_wrong_form, _slip):
        for name in suspects:
            if mistake := guess(name):
                return mistake
    sentence = "one bare word names the application, and this is neither that nor a keyword"
    return Mistake(extra[0], sentence, fix="", example=action.working_example)


def colon_for_equals(name: Part) -> Mistake | None:
    """Return what is wrong with `topic:NAME`, if it is that."""
    before, colon, after = name.partition(":")
    option = VALUED.get(before.text.lower())
    if not (colon.text and option):
        return None
    sentence = f"an equals sign belongs after `{option.word}`"
    fix = f"{option.word}={after.text}"
    return Mistake(colon, sentence, fix=fix, instead=name, example=option.working_example)


def _wrong_form(name: Part) -> Mistake | None:
    word = name.text.lower()
    if word == GRANT.word:
        return Mistake(name, "a grant is asked for without a verb", fix="", example=GRANT.working_example)
    if option := VALUED.get(word):
        sentence = f"`{word}` needs a value, as in `{option.syntax}`"
        return Mistake(name.cut(len(word)), sentence, example=option.working_example)
    return colon_for_equals(name)


def _slip(name: Part) -> Mistake | None:
    close = nearest(name.text, _BARE)
    if close is None:
        return None
    sentence = f"{quoted(name.text, 'this')} is not a keyword"
    return Mistake(name, sentence, fix=close, example=ENTRIES[close].working_example)
