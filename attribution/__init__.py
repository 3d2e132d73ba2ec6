"""Attribution: what came of a lead, as far as the data proves it."""
