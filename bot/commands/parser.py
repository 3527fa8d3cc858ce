"""Comment text -> Commands, or errors with a caret. A line is not ours, ours, or ours but malformed."""

from __future__ import annotations

import re
from typing import Any

from bot.commands.errors import Mistake, Part, complaint, nearest, quoted
from bot.commands.forms import command_from_form
from bot.commands.lines import WORD, command_lines
from bot.commands.model import Command, CommandError, Comment, Verb
from bot.commands.options import READERS, application
from bot.commands.registry import FLAGS, GRANT, VERBS, words
from bot.commands.words import Word, split

_LIMIT = 4_000
"""Characters of a line; the longest sensible command has a few hundred."""

_VERBS = {one.name for one in VERBS}
_FLAGS = {one.name for one in FLAGS}
_HELP = re.compile(r"[A-Za-z-]{1,40}")
_NEEDS_APPLICATION = {Verb.GRANT, Verb.PLAN, Verb.REVOKE, Verb.MIGRATE}
_ALONE = {Verb.REFRESH, Verb.CANCEL}


def parse(body: str) -> Comment:
    """Return all that a comment, or the body of an issue form, asks for; never raises."""
    lines = command_lines(body)
    if not lines:
        form = command_from_form(body)
        lines = [form] if form is not None else []
    return Comment(tuple(parse_line(line) for line in lines))


def parse_line(line: str) -> Command | CommandError:
    """Return the command that a line is, or what is wrong with it."""
    try:
        return _command(line)
    except Mistake as mistake:
        return complaint(line, mistake, _working(line, mistake))


def _working(line: str, mistake: Mistake) -> str:
    """Return a command that works: the user's own with the guess in place, else an example."""
    mended = mistake.mended(line)
    for candidate in (mended, mistake.example):
        if candidate and len(candidate) <= 1000 and candidate.isprintable():
            try:
                _command(candidate)
            except Mistake:
                continue
            return candidate
    return GRANT


def _command(line: str) -> Command:
    if len(line) > _LIMIT:
        raise Mistake(Part(line[_LIMIT:], _LIMIT), f"a command has at most {_LIMIT} characters, this one {len(line)}")
    found = _Reading(line)
    for word in split(line, len(WORD)):
        found.take(word)
    return found.command()


class _Reading:
    """The words of a line so far; `fields` are those of Command."""

    def __init__(self, line: str) -> None:
        self.line = line
        self.end = Part("", len(line))
        self.fields: dict[str, Any] = {}
        self.verb: Part | None = None
        self.seen: dict[str, Part] = {}
        self.bare: list[Part] = []

    def take(self, word: Word) -> None:
        if word.key is not None and word.value is not None:
            self._option(word, word.key, word.value)
        elif word.name in _VERBS and not self._is_help:
            if self.verb is not None:
                raise Mistake(word.whole, f"`{word.name}` and `{self.verb.text.lower()}` do not go together", fix="")
            self.verb = word.whole
        elif word.name in _FLAGS and not self._is_help:
            if word.name in self.seen:
                raise Mistake(word.whole, f"`{word.name}` was said already", fix="")
            self.seen[word.name] = word.whole
            self.fields[word.name.replace("-", "_")] = True
        else:
            self._bare(word.whole)

    @property
    def _is_help(self) -> bool:
        return self.verb is not None and self.verb.text.lower() == "help"

    def _bare(self, part: Part) -> None:
        known = words()
        if part.text.startswith("-"):
            plain = part.text.lstrip("-")
            raise Mistake(part, "words of this language have no dashes before them", fix=plain)
        if self.bare or "application" in self.fields:
            said = f"{quoted(part.text, 'this')} is no word of this language"
            if part.text.lower() in READERS:
                said = f"`{part.text.lower()}` needs a value: `{known[part.text.lower()].syntax}`"
            close = nearest(part.text, (*_VERBS, *_FLAGS)) if self.bare else None
            example = known[part.text.lower()].examples[0] if part.text.lower() in READERS else ""
            raise Mistake(part, said, fix=close if close != part.text.lower() else None, example=example)
        self.bare.append(part)

    def _option(self, word: Word, key: Part, value: Part) -> None:
        name = word.name
        if name.startswith("-"):
            raise Mistake(key, "words of this language have no dashes before them", fix=key.text.lstrip("-"))
        if name not in READERS:
            close = nearest(name, READERS)
            flag = f"; `{name}` takes no value" if name in (_FLAGS | _VERBS) else ""
            raise Mistake(key, f"{quoted(key.text, 'this')} is no option{flag}", fix=close)
        field, reader, repeatable = READERS[name]
        if not value.text:
            example = words()[name].examples[0]
            raise Mistake(Part("", value.start), f"`{name}=` needs a value: `{words()[name].syntax}`", example=example)
        if name in self.seen and not repeatable:
            raise Mistake(word.whole, f"`{name}` was said already", fix="")
        self.seen.setdefault(name, word.whole)
        try:
            self._store(name, field, reader(value), value)
        except Mistake as mistake:
            mistake.example = mistake.example or words()[name].examples[0]
            raise

    def _store(self, name: str, field: str, found: object, value: Part) -> None:
        if name == "workload":
            everything = value.text.lower() == "all"
            if (everything and self.fields.get("workloads")) or self.fields.get("all_workloads"):
                raise Mistake(value, "`workload=all` and names of workloads do not go together")
            if everything:
                self.fields["all_workloads"] = True
                return
        if field in {"topics", "groups", "transactional_ids"}:
            found = (found,)
        if READERS[name][2]:
            together = (*self.fields.get(field, ()), *_tuple(found))
            found = tuple(dict.fromkeys(together))
        self.fields[field] = found

    def command(self) -> Command:
        verb = Verb(self.verb.text.lower()) if self.verb is not None else Verb.GRANT
        if verb is Verb.HELP:
            return self._help()
        if self.bare:
            if "application" in self.fields:
                raise Mistake(self.bare[0], "the application was named already, by `app=`", fix="")
            self.fields["application"] = application(self.bare[0])
        self._check(verb)
        return Command(verb, self.line, **self.fields)

    def _help(self) -> Command:
        asked = self.bare[0] if self.bare else None
        if asked is not None and not _HELP.fullmatch(asked.text):
            raise Mistake(asked, "this is no word of the language", example="/kafka-access help")
        if self.fields:
            raise Mistake(
                next(iter(self.seen.values())), "`help` takes one word, without a value", example="/kafka-access help"
            )
        return Command(Verb.HELP, self.line, word=asked.text if asked else None)

    def _check(self, verb: Verb) -> None:
        named = self.fields.get("application")
        if verb in _NEEDS_APPLICATION and not named:
            raise Mistake(self.end, "which application? Its name is missing")
        if verb in _ALONE and (self.fields or self.bare):
            at = next(iter(self.seen.values()), self.bare[0] if self.bare else self.end)
            raise Mistake(at, f"`{verb.value}` takes no other words", example=f"{WORD} {verb.value}")
        if verb is Verb.WHO and not (named or self.fields.get("topics")):
            raise Mistake(self.end, "`who` needs a topic or an application", example=words()["who"].examples[0])
        for name in ("partitions", "retention"):
            if name in self.seen and "create" not in self.seen:
                example = f"{self.line} create"
                raise Mistake(
                    self.seen[name], f"`{name}` is for topics that are created: add `create`", example=example
                )


def _tuple(found: object) -> tuple[object, ...]:
    return found if isinstance(found, tuple) else (found,)
