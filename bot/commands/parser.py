"""Comments and single lines read as commands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from bot.commands.checks import application
from bot.commands.entries import Action, Option
from bot.commands.errors import Mistake, Part, complaint
from bot.commands.forms import command_from_form
from bot.commands.guesses import bare_topic, colon_for_equals, lone_verb, too_many, unknown_option
from bot.commands.lines import COMMAND, command_lines
from bot.commands.model import Command, CommandError, Comment, Verb
from bot.commands.registry import ACTIONS, GRANT, KEYWORDS, OPTIONS, TYPED_VERBS, VALUED
from bot.commands.words import Word, split

LINE_LIMIT = 4_000
"""Characters: more is no command that a person typed."""

_HELP_LIMIT = 40
_DASHES = "-–—"
"""Phones turn two hyphens into a dash."""

_YES = ("yes", "true", "on", "1")
"""Values without which a keyword says the same; `create=no` must not come to `create`."""

_GOES_WITH = {"partitions": "create", "retention": "create", "tags": "metrics"}
"""Options that mean nothing without a keyword."""

_BESIDE_METRICS = frozenset({"app", "metrics", "tags", "env", "workload", "container", "secret", "enable-operator"})
"""What a grant of metrics takes: the templates of the Kafka service choose topic, groups and KafkaUser."""

_REVOKING_METRICS = frozenset({"app", "metrics", "env"})
"""What taking metrics away takes."""


def parse(body: str, before: str = "") -> Comment:
    """Return what a comment or an issue's body asks for, in order; a form counts only where there is no command.

    What `before`, the text ahead of an edit, asked for already is left out.
    """
    asked = Counter(_lines(before))
    new = []
    for line in _lines(body):
        if asked[line]:
            asked[line] -= 1
        else:
            new.append(parse_line(line))
    return Comment(tuple(new))


def _lines(body: str) -> list[str]:
    lines = command_lines(body)
    form = None if lines else command_from_form(body)
    return lines if form is None else [form]


def parse_line(line: str) -> Command | CommandError:
    """Return what one line, which starts with the command word, asks for, or what is wrong with it."""
    try:
        return _read(line)
    except Mistake as mistake:
        hint = _mended(line, mistake) or mistake.example or GRANT.working_example
        return complaint(line[: 2 * LINE_LIMIT], mistake, hint)


def _mended(line: str, mistake: Mistake) -> str | None:
    """Return the line with one guess after the other in place, if that comes to a command that works."""
    for _ in range(5):
        mended = mistake.mended(line)
        if mended is None:
            return None
        try:
            _read(mended)
        except Mistake as next_mistake:
            line, mistake = mended, next_mistake
        else:
            return " ".join(mended.split())
    return None


def _read(line: str) -> Command:
    if len(line) > LINE_LIMIT:
        at = Part(line[LINE_LIMIT], LINE_LIMIT)
        raise Mistake(at, f"a command has at most {LINE_LIMIT} characters, this one {len(line)}")
    words = list(split(line, len(COMMAND)))
    for word in words:
        _refuse_dashes(word.whole)
    action, rest = _action(words)
    if action.verb is Verb.HELP:
        return Command(Verb.HELP, line, word=_help_word(rest))
    fields: dict[str, Any] = {}
    names: list[Part] = []
    for word in rest:
        if word.key is None and word.name not in KEYWORDS:
            names.append(word.whole)
        else:
            _take(fields, _option(word, action), word)
    _take_application(fields, names, action, rest)
    if fields.get("metrics"):
        _refuse_beside_metrics(rest, _REVOKING_METRICS if action.verb is Verb.REVOKE else _BESIDE_METRICS)
    _refuse_alone(fields, rest)
    _refuse_absent(fields, action, Part("", len(line.rstrip())))
    return Command(action.verb, line, all_workloads=fields.get("workloads") == (), **fields)


def _refuse_dashes(whole: Part) -> None:
    dashes = len(whole.text) - len(whole.text.lstrip(_DASHES))
    if dashes:
        raise Mistake(whole.cut(0, dashes), "options have no dashes here", fix="")


def _action(words: Sequence[Word]) -> tuple[Action, list[Word]]:
    """Return the verb and the words beside it; what stands beside `help` is never a verb."""
    verbs = [word for word in words if word.key is None and word.name in TYPED_VERBS]
    if not verbs:
        return GRANT, list(words)
    verb = next((word for word in verbs if word.name == Verb.HELP), verbs[0])
    action = TYPED_VERBS[verb.name]
    if action.verb is not Verb.HELP and len(verbs) > 1:
        second = verbs[1]
        sentence = f"`{action.word}` and `{second.name}` are two commands, and each has a line of its own"
        if second.name == verb.name:
            sentence = f"`{action.word}` is given twice"
        raise Mistake(second.whole, sentence, fix="", example=action.working_example)
    return action, [word for word in words if word is not verb]


def _help_word(rest: Sequence[Word]) -> str | None:
    example = TYPED_VERBS["help"].examples[-1]
    if not rest:
        return None
    if len(rest) > 1:
        raise Mistake(rest[1].whole, "`help` explains one word at a time", fix="", example=example)
    whole = rest[0].whole
    for index, character in enumerate(whole.text):
        if not (character.isascii() and character.isalpha()) and character != "-":
            at = whole.cut(index, index + 1)
            raise Mistake(at, "a word has letters and `-` only", fix=whole.text[:index], instead=whole, example=example)
    if len(whole.text) > _HELP_LIMIT:
        raise Mistake(whole.cut(_HELP_LIMIT), f"a word has at most {_HELP_LIMIT} letters", example=example)
    return whole.text


def _option(word: Word, action: Action) -> Option:
    """Return what a keyword or `key=value` is. Raises Mistake where the language or the verb does not have it."""
    if word.key is not None and word.name not in VALUED:
        known = KEYWORDS.get(word.name) or ACTIONS.get(word.name)
        if known is None:
            raise unknown_option(word.key)
        value = word.whole.cut(len(word.key.text))
        fix = "" if word.value and word.value.text.lower() in _YES else None
        raise Mistake(value, f"`{known.word}` takes no value", fix=fix, example=known.working_example)
    option = OPTIONS[word.name]
    if option.word not in action.takes:
        sentence = f"`{action.word}` does not take `{option.word}`"
        raise Mistake(word.whole, sentence, fix="", example=action.working_example)
    return option


def _take(fields: dict[str, Any], option: Option, word: Word) -> None:
    """Put what a keyword or an option says into `fields`. Raises Mistake where that is wrong or was said before."""
    if option.field in fields and not option.repeatable:
        sentence = f"`{option.word}` is given twice"
        raise Mistake(word.whole, sentence, fix="", example=option.working_example)
    if option.read is None or word.value is None:
        fields[option.field] = True
        return
    if not word.value.text:
        sentence = f"`{option.word}` needs a value, as in `{option.syntax}`"
        raise Mistake(word.value, sentence, example=option.working_example)
    value = _value(option.read, word.value, option.working_example)
    if option.repeatable:
        value = tuple(dict.fromkeys((*fields.get(option.field, ()), *value)))
    fields[option.field] = value


def _take_application(fields: dict[str, Any], names: list[Part], action: Action, words: Sequence[Word]) -> None:
    """Put the one bare word that is no keyword into `fields`. Raises Mistake where there are more."""
    if names and "app" not in action.takes:
        raise Mistake(names[0], f"`{action.word}` takes nothing else", fix="", example=action.working_example)
    extra = names if "application" in fields else names[1:]
    if extra:
        raise too_many(names, extra, action, words)
    for name in names:
        slip = lone_verb(words, name) if action is GRANT else None
        if mistake := slip or colon_for_equals(name) or bare_topic(action, name):
            raise mistake
        fields["application"] = _value(application, name, action.working_example)


def _value(read: Callable[[Part], Any], part: Part, example: str) -> Any:  # noqa: ANN401 - what a field of Command is
    try:
        return read(part)
    except Mistake as mistake:
        mistake.example = mistake.example or example
        raise


def _refuse_beside_metrics(words: Sequence[Word], allowed: frozenset[str]) -> None:
    for word in words:
        typed = word.name if word.key is not None or word.name in KEYWORDS else "app"
        if typed not in allowed:
            sentence = f"`metrics` and `{typed}` are asked for in two commands, each on a line of its own"
            raise Mistake(word.whole, sentence, fix="", example=OPTIONS["metrics"].working_example)


def _refuse_alone(fields: dict[str, Any], words: Sequence[Word]) -> None:
    for word in words:
        keyword = _GOES_WITH.get(word.name) if word.key is not None else None
        if keyword and not fields.get(keyword):
            fix = f"{word.whole.text} {keyword}"
            example = OPTIONS[word.name].working_example
            raise Mistake(word.whole, f"`{word.name}` goes with `{keyword}` only", fix=fix, example=example)


def _refuse_absent(fields: dict[str, Any], action: Action, end: Part) -> None:
    if not action.needs or any(OPTIONS[word].field in fields for word in action.needs):
        return
    sentence = "the name of the application is missing here"
    if action.needs != ("app",):
        sentence = f"`{action.word}` needs {' or '.join(f'`{word}=`' for word in action.needs)}"
    raise Mistake(end, sentence, example=action.working_example)
