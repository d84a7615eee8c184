"""What people found: evidence, dependencies, actors, events and judgements, as data files and the checks on them."""
