"""The stand-in: an imitation of the part of ServiceTitan's public API that we know, for demos, drills and tests.

It is not ServiceTitan, knows no Django, and keeps everything in memory. Where public sources leave something open it
takes the way that is worse for us. Whatever it proves is graded "stand-in" and opens no gate.
"""
