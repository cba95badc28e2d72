"""How members of a study are solved and kept: processes, Dask, journal, cache."""
