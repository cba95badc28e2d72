"""From one plan to many."""
