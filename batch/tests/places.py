"""Where the tests of batch/ find what they read."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / 'tests' / 'fixtures'
TINY = FIXTURES / 'tiny-model'
