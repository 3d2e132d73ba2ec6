"""The product's settings with its waits for the other side shortened, so that a chaos run ends the same day.

What is waited for is shortened with them: a stand-in there answers within a second and its reads lag by one.
"""

from pagetojob.settings import *  # noqa: F403

LEASE_SECONDS = 8
SEND_DEADLINE_SECONDS = 3
LOOK_UP_DEADLINE_SECONDS = 2
FIRST_LOOK_UP_SECONDS = 4
SECOND_LOOK_UP_SECONDS = 2
DRAIN_BUDGET_SECONDS = 5
DRAIN_OVERTIME_SECONDS = 4
INTAKE_LIMIT = 1_000_000
