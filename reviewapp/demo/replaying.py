"""Feeding recorded rows to a running instance, through the reference detectors."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from reviewapp.demo.copenhagen import read_study, study_files
from reviewapp.demo.counts import Counts
from reviewapp.demo.detectors import DETECTORS, applicable, detect
from reviewapp.demo.feeding import Feeder, OnProgress
from reviewapp.demo.recording import BadRecording, Recording, read_ndjson


@dataclass(frozen=True, slots=True)
class Judged:
    """A recording with what the detectors made of it."""

    recording: Recording
    ran: list[str]
    lacked_inputs: list[str]


def read(paths: Sequence[Path], *, start: datetime) -> Recording:
    """Read files, or folders of files, into one recording.

    Files ending in `.csv` are the Copenhagen study's; a folder stands for those of them in it. Any
    other file is NDJSON (see `read_ndjson`). Raises BadRecording.
    """
    recording = Recording()
    study: list[Path] = []
    for path in paths:
        if path.is_dir():
            found = study_files(path)
            if not found:
                raise BadRecording(f"{path} has no file of the Copenhagen study.")
            study += found
        elif path.suffix.lower() == ".csv":
            study.append(path)
        else:
            rows = read_ndjson(path)
            recording.accounts += rows.accounts
            recording.evidence += rows.evidence
            recording.detections += rows.detections
    if study:
        rows = read_study(study, start=start)
        recording.accounts += rows.accounts
        recording.evidence += rows.evidence
    return recording


def judge(recording: Recording) -> Judged:
    """Run the detectors whose every input the recording has, and add what they find.

    A recording that brings detections of its own is left as it is: its detectors have spoken.
    Raises BadRecording where the data is not of the kind that its names promise.
    """
    if recording.detections:
        return Judged(recording, ran=[], lacked_inputs=[])
    accounts, evidence = recording.judgeable()
    ran = [detector.name for detector in applicable(accounts, evidence)]
    try:
        recording.detections = detect(accounts, evidence)
    except (TypeError, ValueError, KeyError, AttributeError) as exc:
        raise BadRecording(f"The detectors cannot read the recording: {exc}.") from exc
    lacked = [detector.name for detector in DETECTORS if detector.name not in ran]
    return Judged(recording, ran=ran, lacked_inputs=lacked)


def feed(
    recording: Recording,
    *,
    url: str,
    key: str,
    on_progress: OnProgress | None = None,
    patience_s: float = 20,
) -> dict[str, Counts]:
    """Send a recording to the product; returns the counts of each call. Raises CannotFeed."""
    calls = (
        ("accounts", recording.accounts),
        ("evidence", recording.evidence),
        ("detections", recording.detections),
    )
    with Feeder(url, key, patience_s=patience_s) as feeder:
        return {
            what: feeder.send(what, rows, on_progress=on_progress) for what, rows in calls if rows
        }
