"""Bundled sites, cost files and the script that made their series."""
