"""The checkout as it will be: edits on top of what is there, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from bot.checkout.files import Files
from bot.proof.model import Change
from bot.roundtrip.splice import Draft, Splice


class Workspace:
    """Reads what the edits so far have made of each file, and says all of them at the end."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self._drafts: dict[str, Draft] = {}
        self._created: dict[str, str] = {}
        self._deleted: set[str] = set()

    def text(self, path: str) -> str | None:
        """Return a file's text as it stands after the edits so far, or None."""
        if path in self._deleted:
            return None
        if path in self._created:
            return self._created[path]
        draft = self._drafts.get(path)
        return draft.text if draft is not None else self.files.text(path)

    def created(self, folder: str) -> bool:
        """Whether a folder comes into being by these edits."""
        return any(path.startswith(f"{folder}/") for path in self._created) and not self.files.names(folder)

    def create(self, path: str, text: str) -> None:
        """Add a file; raises ValueError where there is one, as planning has looked before."""
        if self.text(path) is not None:
            message = f"{path} exists"
            raise ValueError(message)
        self.files.locate(path)
        self._created[path] = text

    def delete(self, path: str) -> None:
        """Take a file away that is there."""
        self._drafts.pop(path, None)
        self._deleted.add(path)

    def edit(self, path: str, splices: Sequence[Splice]) -> None:
        """Edit a file, in offsets of its text as it stands."""
        if path in self._created:
            draft = Draft(self._created[path])
            draft.apply(splices)
            self._created[path] = draft.text
            return
        if path not in self._drafts:
            self._drafts[path] = Draft(self.files.text(path) or "")
        self._drafts[path].apply(splices)

    def append(self, path: str, addition: str) -> None:
        """Put lines after what a file holds, with the file's own line ends."""
        text = self.text(path) or ""
        newline = "\r\n" if "\r\n" in text else "\n"
        gap = newline if text and not text.endswith("\n") else ""
        self.edit(path, [Splice(len(text), len(text), gap + addition.replace("\n", newline))])

    def overlaid(self) -> Files:
        """Return the checkout as it stands after the edits so far."""
        return Files(self.files.root, {change.path: change.after for change in self.changes()})

    def changes(self) -> tuple[Change, ...]:
        """Return one Change per file that differs, by path."""
        edited = [
            Change(
                path,
                self.files.data(path),
                draft.text.encode(),
                tuple((edit.start, edit.end, edit.new) for edit in draft.splices),
            )
            for path, draft in self._drafts.items()
            if draft.text != draft.old
        ]
        created = [Change(path, None, text.encode()) for path, text in self._created.items()]
        deleted = [Change(path, self.files.data(path), None) for path in self._deleted]
        return tuple(sorted((*edited, *created, *deleted), key=lambda change: change.path))
