"""Pyomo models compiled to matrices, solved by HiGHS and explained."""
