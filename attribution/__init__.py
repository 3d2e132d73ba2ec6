"""Attribution: links leads to jobs and revenue, as far as the data proves it."""
