"""Solutions turned into numbers, figures and files, and checked."""
