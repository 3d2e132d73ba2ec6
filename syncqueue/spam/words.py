"""Lists of words that signals check."""

import tomllib
from pathlib import Path

WORDS: dict[str, list[str]] = {
    name: text.split()
    for name, text in tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8")).items()
}
