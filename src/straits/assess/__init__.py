"""What it means: protocols, rules, scorecards, instruments, scenarios."""
