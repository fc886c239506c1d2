"""Recipes for clusters, commands that run them, and what has to be there at the end."""

import json
import subprocess
import sys
import tarfile
from pathlib import Path

from places import FIXTURES, TINY

__all__ = ['TINY', 'command', 'is_whole', 'pictures', 'recipe_file', 'run']


def recipe_file(folder, count, **change):
    """A recipe of `count` pictures of the tiny model, most of them with words, covariates and ranges; the rest have masks."""
    recipe = json.loads((FIXTURES / 'batch' / 'recipe.json').read_text())
    rows = recipe['rows'][:3]
    for row, part in zip(rows, (count - count // 3 - count // 20, count // 3, count // 20)):
        row['count'] = part
    path = Path(folder) / 'recipe.json'
    path.write_text(json.dumps(recipe | {'rows': rows, 'numInferenceSteps': 2} | change))
    return path


def command(recipe, out, *more):
    """The command line as a list."""
    return [sys.executable, '-m', 'phantoscope_batch', str(recipe), '--model', str(TINY), '--out', str(out), '--shard', '50', *more]


def run(*args, **options):
    """Runs it to its end; the finished process, its texts together in `stdout`."""
    return subprocess.run(command(*args), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=500, **options)


def pictures(out):
    """{name: bytes of the PNG} of all shards, read by nothing of the package; fails where one is there twice."""
    found = {}
    for path in sorted((Path(out) / 'shards').glob('*.tar')):
        with tarfile.open(path) as archive:
            for member in archive:
                if member.name.endswith('.png') and not member.name.endswith('.mask.png'):
                    assert member.name not in found, f'{member.name} is there twice'
                    found[member.name] = archive.extractfile(member).read()
    return found


def is_whole(out, count):
    """Every picture once, and every file of the hash that SHA256SUMS says."""
    sums = subprocess.run(['sha256sum', '--check', '--strict', 'SHA256SUMS'], cwd=out, capture_output=True, text=True)
    listed = {line.split('  ')[1] for line in (Path(out) / 'SHA256SUMS').read_text().splitlines()}
    there = {str(path.relative_to(out)) for path in Path(out).rglob('*') if path.is_file()}
    assert sums.returncode == 0, sums.stdout
    assert there - listed == {'SHA256SUMS', 'run/run.json'}
    return len(pictures(out)) == count
