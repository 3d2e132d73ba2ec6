"""`python -m bench.attribution.columns`: print how many columns and phrases are read right, and those that are not."""

from tests.support.labeled_columns import measure

scores = sorted(measure().items())
for name, score in scores:
    print(f"{name:>27}: {score.right} of {score.all}")
for name, score in scores:
    if score.wrong:
        print(f"\n{name}, read wrong:", *score.wrong, sep="\n  ")
