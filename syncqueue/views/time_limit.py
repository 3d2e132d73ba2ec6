"""Time limit of list views."""

from functools import partial

from pagetojob.platform.tenants.roles import Ability
from pagetojob.platform.time_limit import timed_page

LONGEST_MILLISECONDS = 3000

#: Runs a list view for anyone with an operations role.
list_view = partial(
    timed_page,
    ability=Ability.VIEW_QUEUE,
    milliseconds=LONGEST_MILLISECONDS,
    too_long="syncqueue/list_too_long.html",
)
