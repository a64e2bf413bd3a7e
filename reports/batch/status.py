"""Status: what is known of a region's reports, in `status.json`. Written last; what it does not vouch for is not there."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from reports.batch.jobs import Done, Failed, Job
from reports.batch.store import Store, digest, remove_partial


class InUse(RuntimeError):
    """Raised when another run is writing into the same folder."""


def read(place: Store, folder: str) -> dict:
    """The status of a region's folder; without reports where there is none or it is damaged."""
    content = place.get(f"{folder}/status.json")
    with contextlib.suppress(ValueError, TypeError):
        plain = json.loads(content or b"")
        if isinstance(plain, dict) and isinstance(plain.get("reports"), dict):
            return plain
    return {"state": "missing", "reports": {}}


def is_current(place: Store, job: Job, status: dict) -> bool:
    """Whether the report stands there complete, made from the same things, every file as it was written."""
    entry = status["reports"].get(job.language, {})
    if entry.get("state") != "complete" or entry.get("fingerprint") != job.fingerprint:
        return False
    names = {job.name_of(kind) for kind in {"json", *job.formats}}
    files = entry.get("files", {})
    return names <= set(files) and all(_as_written(place, name, files[name]) for name in names)


def complete(place: Store, job: Job) -> bool:
    """Whether a report stands there complete, from whatever it was made."""
    return read(place, job.folder)["reports"].get(job.language, {}).get("state") == "complete"


def _as_written(place: Store, name: str, was: dict) -> bool:
    content = place.get(name)
    return content is not None and digest(content) == was


def mark_stale(place: Store, job: Job) -> None:
    """Take the word back for a report that is about to be made anew, before any of its files is touched."""
    status = read(place, job.folder)
    if job.language in status["reports"]:
        status["reports"][job.language] = {"state": "being made"}
        _write(place, job.folder, status)


def record(place: Store, outcome: Done | Failed, parts: dict[str, str], made_with: dict) -> None:
    """Write down what came of a report, after its last file: the manifest, and last of all the status."""
    job = outcome.job
    if isinstance(outcome, Done):
        _record_making(place, outcome, made_with)
    status = read(place, job.folder)
    if isinstance(outcome, Done):
        entry = {"state": "complete", "fingerprint": job.fingerprint, "files": outcome.files}
    else:
        entry = {"state": "failed", "kind": outcome.kind, "message": outcome.message, "fingerprint": job.fingerprint}
    entry |= {"parts": parts, "finished": now()}
    status["reports"][job.language] = entry
    status |= {"region": job.region, "scenario": job.scenario}
    _write(place, job.folder, status)


def _record_making(place: Store, done: Done, made_with: dict) -> None:
    """The manifest of a region's folder: what all is made with, and for each report its parameters and times."""
    job = done.job
    name = f"{job.folder}/manifest.json"
    before = {}
    with contextlib.suppress(ValueError, TypeError, AttributeError):
        before = json.loads(place.get(name) or b"{}").get("reports", {})
    how = {"parameters": job.parameters, "engine": job.engine, "seconds": done.seconds, "finished": now()}
    content = {**made_with, "reports": {**before, job.language: how}}
    place.put(name, (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode("utf-8"))


def _write(place: Store, folder: str, status: dict) -> None:
    states = {r["state"] for r in status["reports"].values()}
    status["state"] = states.pop() if len(states) == 1 else "partial"
    place.put(f"{folder}/status.json", (json.dumps(status, ensure_ascii=False, indent=1) + "\n").encode("utf-8"))


def now() -> str:
    """This moment, to the second, in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@contextlib.contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold a folder for oneself, freed of what earlier writers left half written. Raises InUse, naming who has it. A lock goes
    with its process, however that ends."""
    with _held(folder, exclusive=True) as lock:
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, since {now()}")
        lock.flush()
        remove_partial(folder)
        yield


@contextlib.contextmanager
def shared(folder: Path) -> Iterator[None]:
    """Hold a folder together with others who write into other parts of it. Raises InUse where one holds it alone."""
    with _held(folder, exclusive=False):
        yield


@contextlib.contextmanager
def _held(folder: Path, exclusive: bool) -> Iterator[IO[str]]:
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "a+", encoding="utf-8") as lock:
        try:
            _lock(lock, exclusive)
        except OSError:
            lock.seek(0)
            who = lock.read().strip() or "another process"
            raise InUse(f"{folder} is being written to by {who}. Wait for it, or end it.") from None
        yield lock


def _lock(file: IO[str], exclusive: bool) -> None:
    try:
        import fcntl
    except ImportError:  # Windows knows no shared locks
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]  # seen on Windows alone
        return
    fcntl.flock(file, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
