"""Full-size proofs on this machine, minutes each; docs/batch.md has what they gave.

    python batch/tests/cluster/prove.py node --count 2000      a node killed in the middle, on two nodes
    python batch/tests/cluster/prove.py kills --times 20       the command killed at a random moment, then given again
    python batch/tests/cluster/prove.py pace --count 1500      pictures a second of a bare loop, of one and of two workers; memory
    python batch/tests/cluster/prove.py pace --model . --recipe FILE      the same with the shipped model
    python batch/tests/cluster/prove.py memory --count 20000   what all processes hold while two workers draw
    python batch/tests/cluster/prove.py full --folder DIR      DIR on a file system with room for 1 MB: the disk is full, then is not
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path[:0] = [str(folder) for folder in Path(__file__).resolve().parents[:3]]                  # cluster/, tests/, batch/
os.environ['PYTHONPATH'] = os.pathsep.join(sys.path[:3])
os.environ.setdefault('RAY_worker_niceness', '0')                  # Ray's 15 would let other programs go first, but not before a bare loop

from two_nodes import TINY, command, is_whole, pictures, recipe_file, run  # noqa: E402



def node(args, folder):
    """Two nodes; the second dies when a fifth of the pictures is there."""
    from ray.cluster_utils import Cluster
    store = {'object_store_memory': 150 * 2**20}
    cluster = Cluster(initialize_head=True, head_node_args={'num_cpus': 3, 'include_dashboard': False, **store})
    second = cluster.add_node(num_cpus=3, **store)
    out = folder / 'out'
    process = subprocess.Popen(command(recipe_file(folder, args.count), out, '--address', cluster.address, '--workers', '2'),
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    while 50 * len(list(out.glob('shards/*.tar'))) < args.count / 5 and process.poll() is None:
        time.sleep(0.2)
    before = len(list(out.glob('shards/*.tar')))
    cluster.remove_node(second, allow_graceful=False)
    text, _ = process.communicate(timeout=500)
    cluster.shutdown()
    return {'pictures': args.count, 'shards when the node died': before, 'exit': process.returncode, 'whole': is_whole(out, args.count),
            'said': text.strip().splitlines()[-1]}


def kills(args, folder):
    """Each time: the command and all that it started are left alone but for a SIGKILL of the command itself."""
    rng, whole, again = random.Random(args.seed), 0, []
    for k in range(args.times):
        out = folder / f'out-{k}'
        recipe = recipe_file(folder, args.count, seed=k)
        process = subprocess.Popen(command(recipe, out, '--workers', '2', '--shard', '10'), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wanted = rng.randrange(args.count // 10)                   # shards at the moment of the kill, and a little time
        while len(list(out.glob('shards/*.tar'))) < wanted and process.poll() is None:
            time.sleep(0.05)
        time.sleep(rng.uniform(0, 0.5))
        process.send_signal(signal.SIGKILL)
        process.wait()
        done = run(recipe, out, '--workers', '2', '--shard', '10')
        right = done.returncode == 0 and is_whole(out, args.count)
        again.append(next((line for line in done.stdout.splitlines() if line.startswith('Going on')), 'from the start'))
        whole += right
        print(k, again[-1], right or done.stdout[-500:], flush=True)
        shutil.rmtree(out)
    return {'pictures': args.count, 'kills': args.times, 'whole after the second call': whole}


def pace(args, folder):
    """Shards are counted once both workers are warm: rate of all after the first tenth."""
    recipe = Path(args.recipe) if args.recipe else recipe_file(folder, args.count)
    count = sum(row['count'] for row in json.loads(recipe.read_text())['rows'])
    more = ['--model', args.model, '--shard', '10' if args.recipe else '50']
    found = {'pictures': count, 'load before': round(os.getloadavg()[0], 2), 'bare loop': bare_loop(recipe, count // 4, args.model)}
    for workers in (1, 2):
        out, heights = folder / f'out-{workers}', []
        process = subprocess.Popen(command(recipe, out, '--workers', str(workers), *more), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True)
        watch = threading.Thread(target=watch_memory, args=(process, heights))
        watch.start()
        text, _ = process.communicate(timeout=540)
        watch.join()
        assert is_whole(out, count), text
        found[f'{workers} workers'] = steady(out)
        quarter = max(1, len(heights) // 4)
        found[f'{workers} workers, MB of all processes, second and last quarter'] = [
            round(sum(part) / len(part)) for part in (heights[quarter:2 * quarter], heights[-quarter:]) if part]
    found['ratio'] = round(found['2 workers'] / found['1 workers'], 2)
    found['overhead'] = round(1 - found['1 workers'] / found['bare loop'], 3)
    return found


def memory(args, folder):
    """MB of all processes together in each tenth of the run, from the first finished shard to the last."""
    out, heights = folder / 'out', []
    process = subprocess.Popen(command(recipe_file(folder, args.count), out, '--workers', '2'), stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
    while not list(out.glob('shards/*.tar')) and process.poll() is None:
        time.sleep(0.5)
    watch = threading.Thread(target=watch_memory, args=(process, heights))
    watch.start()
    text, _ = process.communicate(timeout=3600)
    watch.join()
    tenths = [heights[k * len(heights) // 10:(k + 1) * len(heights) // 10] for k in range(10)]
    return {'pictures': args.count, 'whole': is_whole(out, args.count), 'MB in each tenth': [round(sum(one) / len(one)) for one in tenths if one],
            'pictures a second': steady(out), 'load': round(os.getloadavg()[0], 2), 'said': text.strip().splitlines()[-1]}


def bare_loop(recipe, count, model):
    """Pictures a second of the same work without an engine: drawn, encoded and hashed, one after the other."""
    from phantoscope_batch.package import read_package
    from phantoscope_batch.recipe import parse_recipe
    from phantoscope_batch.run import Job
    from phantoscope_batch.splits import assign_splits
    from phantoscope_batch.stages import DrawPictures
    asked = parse_recipe(recipe.read_text())
    job = Job(asked, read_package(model, asked['modelId']), None, provider='CPUExecutionProvider')
    splits = assign_splits([row['count'] for row in job.recipe['rows']], job.recipe['seed'])
    job.splits = lambda: splits
    worker, step = DrawPictures(job), job.total // count
    worker({'id': [0]})
    started = time.perf_counter()
    for k in range(0, step * count, 50 * step):
        worker({'id': list(range(k, min(k + 50 * step, step * count), step))})
    return round(count / (time.perf_counter() - started), 3)


def steady(out):
    """Pictures a second between the shard at a tenth of the way and the last."""
    sizes = {name: 0 for name in (path.name for path in out.glob('shards/*.tar'))}
    from pyarrow import parquet
    for shard in parquet.read_table(out / 'labels', columns=['shard'])['shard'].to_pylist():
        sizes[Path(shard).name] += 1
    order = sorted((path.stat().st_mtime, sizes[path.name]) for path in out.glob('shards/*.tar'))
    tenth = max(1, len(order) // 10)
    return round(sum(size for _, size in order[tenth:]) / (order[-1][0] - order[tenth - 1][0]), 3)


def watch_memory(process, heights):
    """MB of proportional memory of a process and all below it, twice a second; shared pages count once."""
    while process.poll() is None:
        heights.append(sum(proportional_mb(pid) for pid in family(process.pid)))
        time.sleep(0.5)


def family(pid):
    """A process and its descendants."""
    found = [pid]
    for one in found:
        for path in Path(f'/proc/{one}/task').glob('*/children'):
            try:
                found += [int(child) for child in path.read_text().split()]
            except OSError:
                pass                                               # it ended meanwhile
    return found


def proportional_mb(pid):
    try:
        lines = Path(f'/proc/{pid}/smaps_rollup').read_text().splitlines()
        return next((int(line.split()[1]) / 1024 for line in lines if line.startswith('Pss:')), 0)
    except OSError:
        return 0


def full(args, folder):
    """A small file system is filled by the run; then it is emptied of a file that was there before."""
    ballast = Path(args.folder) / 'ballast'
    room = shutil.disk_usage(args.folder).free
    ballast.write_bytes(b'\0' * max(0, room - 600_000))
    recipe, out = recipe_file(folder, 200), Path(args.folder) / 'out'
    first = run(recipe, out, '--workers', '2', '--shard', '10')
    ballast.unlink()
    second = run(recipe, out, '--workers', '2', '--shard', '10')
    return {'first': (first.returncode, first.stdout.strip().splitlines()[-1]), 'second': (second.returncode, second.stdout.strip().splitlines()[-1]),
            'whole': is_whole(out, 200), 'pictures': len(pictures(out))}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('proof', choices=['node', 'kills', 'pace', 'memory', 'full'])
    parser.add_argument('--count', type=int, default=200)
    parser.add_argument('--times', type=int, default=20)
    parser.add_argument('--seed', type=int, default=23)
    parser.add_argument('--folder')
    parser.add_argument('--model', default=str(TINY), help='for pace: a folder with model-manifest.json')
    parser.add_argument('--recipe', help='for pace: a recipe of that model, in place of the fixture')
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(globals()[args.proof](args, Path(folder)), indent=1))


if __name__ == '__main__':
    main()
