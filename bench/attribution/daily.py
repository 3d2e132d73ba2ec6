"""A tenant with 30,000 leads linked, and then a day of 1,000 more, by the real service on a PostgreSQL of its own."""

from bench.rig import Rig


def main(linked: int, day: int) -> None:
    with Rig() as rig:
        print(rig.run("-m", "bench.attribution.daily_parts", str(linked), str(day)).rstrip())
