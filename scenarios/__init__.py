"""Scenario files and the series they name, read into a Microgrid."""
