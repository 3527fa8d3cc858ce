"""DBOS's records of workflows and steps in the words of this room."""

from __future__ import annotations

from datetime import UTC, datetime

from dbos import PortableWorkflowError, StepInfo, WorkflowStatus

from bot.jobs import failures
from bot.jobs.model import Cause, Ended, Failure, Job, Json, Status, Step

NAMES = {
    Status.WAITING: ("ENQUEUED", "DELAYED"),
    Status.RUNNING: ("PENDING",),
    Status.DONE: ("SUCCESS",),
    Status.FAILED: ("ERROR",),
    Status.CANCELLED: ("CANCELLED",),
    Status.ABANDONED: ("MAX_RECOVERY_ATTEMPTS_EXCEEDED",),
}
_STATUSES = {name: status for status, names in NAMES.items() for name in names}

VALUE = "value"
FAILURE = "failure"
"""How a step's outcome is tagged in its checkpoint."""


class Failed(Exception):
    """How a job's failure is handed to DBOS: its JSON form of an exception keeps `data`."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.text)
        self.data = failures.to_json(failure)


def job(record: WorkflowStatus) -> Job:
    """Return a workflow as a job without steps."""
    status = _STATUSES[record.status]
    key, payload = record.input["args"] if record.input else ("", {})
    return Job(
        id=record.workflow_id,
        kind=record.name,
        status=status,
        queue=queue(record),
        key=record.queue_partition_key or key,
        created=_moment(record.created_at) or datetime.fromtimestamp(0, UTC),
        started=_moment(record.dequeued_at),
        ended=_moment(record.completed_at),
        attempts=record.recovery_attempts or 0,
        payload=payload,
        result=record.output if status is Status.DONE else None,
        failure=_failure(status, record.error),
    )


def queue(record: WorkflowStatus) -> str:
    """Return the queue that a job was stored in, also where DBOS has forgotten it."""
    return str((record.attributes or {}).get("queue") or record.queue_name or "")


def ended(known: Job) -> Ended | None:
    """Return what a job left, or None while it waits or runs."""
    if known.status is Status.DONE:
        return Ended(result=known.result)
    return None if known.failure is None else Ended(failure=known.failure)


def ended_to_json(end: Ended) -> Json:
    """Return the end of another job as a checkpoint keeps it."""
    return {VALUE: end.result, FAILURE: failures.to_json(end.failure) if end.failure else None}


def ended_from_json(data: Json) -> Ended:
    """Return the end of another job from a checkpoint."""
    return Ended(data[VALUE], failures.from_json(data[FAILURE]))


def step(record: StepInfo) -> Step:
    """Return a checkpoint as a step."""
    start, end = record["started_at_epoch_ms"], record["completed_at_epoch_ms"]
    output = record["output"]
    tagged = failures.from_json(output.get(FAILURE)) if isinstance(output, dict) else None
    return Step(
        number=record["function_id"],
        name=record["function_name"],
        started=_moment(start),
        seconds=(end - start) / 1000 if start and end else 0.0,
        failure=tagged or (_foreign(record["error"]) if record["error"] else None),
    )


def _failure(status: Status, error: Exception | None) -> Failure | None:
    match status:
        case Status.CANCELLED:
            return Failure(Cause.CANCELLED, "Cancelled", "the job was cancelled")
        case Status.ABANDONED:
            return Failure(Cause.ABANDONED, "Abandoned", "the process died several times while it did this job")
        case Status.FAILED:
            return _foreign(error) if error else Failure(Cause.BUG, "Unknown", "no error was recorded")
        case _:
            return None


def _foreign(error: Exception | str) -> Failure:
    """What is not ours comes from DBOS itself: a payload that cannot be read, a handler that is gone."""
    if isinstance(error, PortableWorkflowError):
        return failures.from_json(error.data) or Failure(Cause.BUG, error.name, error.message)
    return Failure(Cause.BUG, type(error).__name__, str(error))


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


def opened(checkpoint: Json) -> object:
    """Return what a step returned, or raise what it raised, the same whether it has run now or before a crash."""
    if FAILURE in checkpoint:
        failure = failures.from_json(checkpoint[FAILURE])
        raise failures.revive(failure or Failure(Cause.BUG, "Unknown", "the checkpoint cannot be read"))
    return checkpoint[VALUE]
