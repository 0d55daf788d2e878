"""A simulated messenger, reference detectors and a stand-in platform.

This room stands for the world outside: it speaks HTTP with the product and imports no other room.
"""
