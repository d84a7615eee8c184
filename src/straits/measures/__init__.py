"""What data say: one SQL file a measure, and the few lines that bind it."""
