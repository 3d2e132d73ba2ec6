"""Generators of offices by authors who knew neither the linkage nor its documentation, each module one office.

Each has `write(folder, *, seed, leads)`, which writes the files that `bench.attribution.folders` reads. Which of them
were at first sight when they were measured, and what was changed after, is in docs/explanation/linkage-measurements.md.

An author of another office gets only this:

- Write the average contractor, not the worst one: the requests as a form, chat or call tracker exports them, and the
  jobs as the software of the office does, with headings of your own, also those that no request led to.
- True is each job that was booked because of a request: the first visit, and work that continues it. Callbacks and
  warranty visits, visits of a plan, later calls and canceled jobs are not true.
- At least 85 % of the requests have two of phone, email and street, at least 93 % a first and a last name, and at most
  1 % of the first jobs of the same people are unrelated to their request. Pairs that no careful person could decide
  are in `ambiguous.csv`.
- Use the standard library. The same seed gives the same bytes; 1,500 leads take less than ten seconds.
"""
