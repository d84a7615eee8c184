"""What changed: detectors on monthly series, their calibration, watches, signals and how they are delivered."""
