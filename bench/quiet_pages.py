"""Simulate years of requests of contractors: false alarms of the quiet-page rule, and the time until it notices.

Run `python -m bench.quiet_pages`.
"""

from tests.support.request_years import WEATHERS, simulate


def main() -> None:
    print("requests a day | false alarms a year | days until noticed, median | 90% | share of requests watched")
    for weather in WEATHERS:
        print(weather.name)
        for rate in (0.5, 1, 2, 5, 10, 20):
            result = simulate(rate, weather, years=40 if rate <= 5 else 15, seed=11)
            print(
                f"{rate:>14} | {result.false_alarms:>19.2f} | {result.median_days:>26.1f} | {result.slow_days:>4.1f}"
                f" | {result.watched:.2f}"
            )


if __name__ == "__main__":
    main()
