"""Words that shops use about themselves: labels of numbers, hours, and towns they serve. Pure."""

import re

from drift.reading.vocabulary import phrase_pattern, word_set

OWN = re.compile(r"\b(?:our|ours|(?<!n't )(?<!not )us|we|we're|we'll|we've)\b", re.IGNORECASE)
LINE = phrase_pattern("own_words", "line")
BEGINS = phrase_pattern("own_words", "begins")
PAST = re.compile(r"\b(?:old|former|previous|used to|was|supplier|landlord|accountant|partners?)\b", re.IGNORECASE)
BOOKS = phrase_pattern("own_words", "books")
OTHERS_LISTED = phrase_pattern("own_words", "others_listed")
CALLS = re.compile(r"\b(?:call|text|dial|ring|phone|reach|message|tel)(?:ing|s)?\b", re.IGNORECASE)
LABEL = word_set("own_words", "label")
OPENING = word_set("own_words", "opening")
OPEN = phrase_pattern("own_words", "open")
CONTACTS = phrase_pattern("own_words", "contacts")
SERVES = phrase_pattern("own_words", "serves")
