"""Made-up exports and phrases of writers `a` and `b`, who knew neither code nor documentation and wrote from memory.

Each line of an export is a column: its meaning, its heading, and its cells. Exports and phrases with odd numbers were
used for development; those with even numbers were held back. All of it is fictional.
"""
