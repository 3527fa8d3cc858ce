"""What was probably meant by words that the language does not have."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

from bot.commands.entries import Action
from bot.commands.errors import Mistake, Part, nearest, quoted
from bot.commands.registry import ENTRIES, GRANT, KEYWORDS, OPTIONS, TYPED_VERBS, VALUED
from bot.commands.resources import ACCESS
from bot.commands.words import Word

_BARE = [*TYPED_VERBS, *KEYWORDS, *(word for word in VALUED if word != "app")]
"""Words that may have been meant by a bare one: many applications are called nearly `app`."""

_ALONE = [word for word, action in TYPED_VERBS.items() if not action.needs]
"""Verbs that need nothing beside them."""

_SUSPECTS = 10
"""More are a sentence, and comparing each with the language takes long."""


def unknown_option(key: Part) -> Mistake:
    """Return what is wrong with `key=value`."""
    if not key.text:
        return Mistake(key, "the name of an option is missing before this", example=GRANT.working_example)
    close = nearest(key.text, OPTIONS)
    example = OPTIONS[close].working_example if close else GRANT.working_example
    return Mistake(key, f"{quoted(key.text, 'this')} is not an option", fix=close, example=example)


def too_many(names: Sequence[Part], extra: Sequence[Part], action: Action, words: Sequence[Word]) -> Mistake:
    """Return what is wrong with several bare words where one is the application; `words` are all but the verb.

    Which of them is too much is a guess: what belongs to the word beside it, a word of the language in the wrong form,
    else what is nearly one, else the first of the `extra` ones. None of them is ever left out of the line, since the
    rest could ask for more than was meant.
    """
    suspects = [*extra[:_SUSPECTS], names[0]]
    topic = partial(bare_topic, action)
    for guess in (partial(_torn_off, words), partial(_in_environments, words), _wrong_form, topic, _slip):
        for name in suspects:
            if mistake := guess(name):
                return mistake
    sentence = "one bare word names the application, and this is neither that nor a keyword"
    return Mistake(extra[0], sentence, example=action.working_example)


def colon_for_equals(name: Part) -> Mistake | None:
    """Return what is wrong with `topic:NAME`, if it is that."""
    before, colon, after = name.partition(":")
    option = VALUED.get(before.text.lower())
    if not (colon.text and option):
        return None
    sentence = f"an equals sign belongs after `{option.word}`"
    fix = f"{option.word}={after.text}"
    return Mistake(colon, sentence, fix=fix, instead=name, example=option.working_example)


def bare_topic(action: Action, name: Part) -> Mistake | None:
    """Return what is wrong with a topic that stands by itself: no name of an application has dots."""
    if "topic" not in action.takes or "." not in name.text.strip("."):
        return None
    fix = f"topic={name.text}"
    return Mistake(name, "a topic stands after `topic=`", fix=fix, example=action.working_example)


def lone_verb(words: Sequence[Word], name: Part) -> Mistake | None:
    """Return what is wrong with a command of one word that is nearly a verb; an application alone asks for nothing."""
    return _slip(name, _ALONE) if len(words) == 1 else None


def _torn_off(words: Sequence[Word], name: Part) -> Mistake | None:
    """Guess that operations were torn off the topic before them, as in `topic=NAME :read`."""
    topic = next((before for before, word in pairwise(words) if word.whole == name), None)
    operations = name.text.removeprefix(":")
    if topic is None or topic.value is None or topic.name != "topic" or topic.value.end != topic.whole.end:
        return None
    if not all(item.lower() in ACCESS for item in operations.split(",")):
        return None
    separator = "," if ":" in topic.value.text else ":"
    fix = f"{topic.whole.text}{separator}{operations}"
    sentence = "what is done with a topic follows its name without a blank"
    return Mistake(
        name, sentence, fix=fix, instead=_between(topic.whole, name), example=OPTIONS["topic"].working_example
    )


def _in_environments(words: Sequence[Word], name: Part) -> Mistake | None:
    """Guess that `in NAME` are environments."""
    after = next((after for word, after in pairwise(words) if word.whole == name), None)
    if name.text.lower() != "in" or after is None or after.key is not None or after.name in KEYWORDS:
        return None
    fix = f"env={after.whole.text}"
    return Mistake(
        name,
        "environments are named by `env=`",
        fix=fix,
        instead=_between(name, after.whole),
        example=OPTIONS["env"].working_example,
    )


def _between(first: Part, last: Part) -> Part:
    """Return the part from the first to the last, of which only the place is right."""
    return Part(" " * (last.end - first.start), first.start)


def _wrong_form(name: Part) -> Mistake | None:
    word = name.text.lower()
    if word == GRANT.word:
        return Mistake(name, "a grant is asked for without a verb", fix="", example=GRANT.working_example)
    if option := VALUED.get(word):
        sentence = f"`{word}` needs a value, as in `{option.syntax}`"
        return Mistake(name.cut(len(word)), sentence, example=option.working_example)
    return colon_for_equals(name)


def _slip(name: Part, known: Sequence[str] = _BARE) -> Mistake | None:
    close = nearest(name.text, known)
    if close is None:
        return None
    sentence = f"{quoted(name.text, 'this')} is not a keyword"
    return Mistake(name, sentence, fix=close, example=ENTRIES[close].working_example)
