"""Diagrams of the pack, laid out from data. Pure: takes plain values, returns positioned boxes, arrows and texts.

The same layout serves all screen widths: it is as narrow as a phone and reads from top to bottom.
"""
