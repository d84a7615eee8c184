"""What people found: evidence, ecosystems, events, actors, as data files and the checks on them."""
