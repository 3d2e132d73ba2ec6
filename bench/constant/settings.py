"""The product's settings, with one more address."""

from pagetojob.settings import *  # noqa: F403

ROOT_URLCONF = "bench.constant.urls"
