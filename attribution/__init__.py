"""Attribution: from lead to revenue, as far as the data proves it.

Holds its place and its label in the house; its tables and pages come with the feature.
"""
