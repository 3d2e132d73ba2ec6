"""The product's settings with the simulator, which they accept in debug mode only, and then without that mode.

Debug mode records each statement, which costs time and memory that an installation does not spend.
"""

from pagetojob.settings import *  # noqa: F403

DEBUG = False
