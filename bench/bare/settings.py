"""The product's settings without middleware, and one address."""

from pagetojob.settings import *  # noqa: F403

MIDDLEWARE = []
ROOT_URLCONF = "bench.bare.urls"
