"""Times graphs in PyTorch, eager and compiled, on this machine's GPU, and compares their answers with the CPU's; prints a line
of JSON for each.

    python3 torch_plan.py --work FOLDER [--steps 20] [--rows 1 2 4] [--device cuda] [--seconds 60]

FOLDER is what run.js fills: graphs.json (of each graph a plan, its feeds, and the number of the CPU's answer that it is compared with),
weights, and answers of the CPU. A graph runs as it is, node by node; what depends on weights alone is computed once, and multi-bit
linear layers are unpacked to floats. Nothing but PyTorch is needed.
"""

import argparse
import base64
import json
import math
import sys
import time
from pathlib import Path

try:
    import torch
except ImportError as error:
    print(json.dumps({'missing': f'no PyTorch: {error}'}))
    sys.exit(0)

from torch_graph import build_module

DTYPES = {'float32': torch.float32, 'float16': torch.float16, 'int64': torch.int64, 'int32': torch.int32,
          'int8': torch.int8, 'uint8': torch.uint8, 'bool': torch.bool}
WARM_UP = 3


def load_tensors(plan, folder, device):
    """{name: tensor} of what a plan stores, from weight files in `folder` or from the plan itself."""
    files, tensors = {}, {}
    for name, stored in plan['tensors'].items():
        tensors[name] = load_tensor(stored, files, folder).to(device)
    return tensors


def load_tensor(stored, files, folder):
    """One tensor of a plan; `files` keeps what was read."""
    if 'file' in stored:
        if stored['file'] not in files:
            files[stored['file']] = bytearray((folder / stored['file']).read_bytes())
        data, offset = files[stored['file']], stored['offset']
    else:
        data, offset = bytearray(base64.b64decode(stored['base64'])), 0
    dtype, count = DTYPES[stored['dtype']], math.prod(stored['dims'])
    if count == 0:
        return torch.zeros(stored['dims'], dtype=dtype)
    return torch.frombuffer(data, dtype=dtype, count=count, offset=offset).reshape(stored['dims'])


def feed(dtype, dims, device):
    """As inputData of steps.js: waves for float32, halves for float16, ones for whole numbers."""
    if dtype == 'float32':
        return torch.sin(torch.arange(math.prod(dims), dtype=torch.float64)).float().reshape(dims).to(device)
    return torch.full(dims, 0.5 if dtype == 'float16' else 1, dtype=DTYPES[dtype], device=device)


def off_by(answer, path):
    """Largest difference to the CPU's float32 answer over its largest number; None where there is none."""
    if not path.exists():
        return None
    expected = torch.frombuffer(bytearray(path.read_bytes()), dtype=torch.float32)
    off = ((answer.float().cpu().flatten() - expected).abs().max() / expected.abs().max()).item()
    return off if math.isfinite(off) else None


@torch.inference_mode()
def time_steps(module, feeds, steps, device):
    """(median milliseconds of a step that is waited for, its answer)."""
    wait = torch.cuda.synchronize if device == 'cuda' else lambda: None
    times = []
    for _ in range(WARM_UP + steps):
        wait()
        start = time.perf_counter()
        answer = module(*feeds)
        wait()
        times.append(1000 * (time.perf_counter() - start))
    return sorted(times[WARM_UP:])[steps // 2], answer


def measure(work, rows, steps, device, deadline):
    """Yields a record for each graph, number of rows and kind, until the deadline (of time.monotonic)."""
    graphs = json.loads((work / 'graphs.json').read_text())
    modules = {}
    for kind in ('eager', 'compiled'):
        for index, count in ((index, count) for count in rows for index in range(len(graphs))):
            record = {'graph': index, 'rows': count, 'kind': kind}
            if time.monotonic() > deadline:
                yield record | {'error': 'no time left'}
                continue
            try:
                if kind == 'eager':
                    modules[index, count] = prepare(graphs[index], count, device)
                module, feeds = modules[index, count]
                ms, answer = time_steps(torch.compile(module) if kind == 'compiled' else module, feeds, steps, device)
                yield record | {'ms': ms, 'off': off_by(answer, work / f'answer-{graphs[index]["answer"]}-{count}.bin')}
            except Exception as error:  # a graph that PyTorch cannot run leaves the others their turn
                yield record | {'error': f'{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ""}'}


@torch.inference_mode()
def prepare(graph, rows, device):
    """(module, feeds) of a graph for a number of rows."""
    plan = json.loads(Path(graph['plan']).read_text())
    values = {value['name']: feed(value['dtype'], [rows if size == 'rows' else size for size in value['shape']], device)
              for value in graph['inputs']}
    tensors = load_tensors(plan, Path(graph['folder']), device)
    return build_module(plan, tensors, values), [values[name] for name in plan['inputs']]


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--work', type=Path, required=True)
    parser.add_argument('--rows', type=int, nargs='+', default=[1, 2, 4])
    parser.add_argument('--steps', type=int, default=20)
    parser.add_argument('--device', choices=('cuda', 'cpu'), default='cuda')
    parser.add_argument('--seconds', type=float, default=60)
    args = parser.parse_args()
    if args.device == 'cuda' and not torch.cuda.is_available():
        print(json.dumps({'missing': f'PyTorch {torch.__version__} has no CUDA here'}))
        sys.exit(0)
    name = torch.cuda.get_device_name() if args.device == 'cuda' else 'CPU'
    print(json.dumps({'torch': torch.__version__, 'device': name}), flush=True)
    for line in measure(args.work, args.rows, args.steps, args.device, time.monotonic() + args.seconds):
        print(json.dumps(line), flush=True)
