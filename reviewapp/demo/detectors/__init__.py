"""Reference detectors after the white paper's signals: pure functions over accounts' evidence."""

from reviewapp.demo.detectors.running import DETECTORS, applicable, detect

__all__ = ["DETECTORS", "applicable", "detect"]
