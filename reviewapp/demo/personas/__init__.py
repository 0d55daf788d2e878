"""The people of the simulated messenger: a module for each kind, a function for each biography.

Each function takes the town and a source of chance of its own, so that adding somebody changes
nobody else's month.
"""
