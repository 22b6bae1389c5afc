"""What a step and a start cost with a long past in the database."""
