"""The drift monitor: the live site against the Titan Map.

Holds its place and its label in the house; its tables and pages come with the feature.
"""
