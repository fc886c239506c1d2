"""Makes the pictures of a recipe on this machine or on a cluster.

    phantoscope-batch RECIPE --model PACKAGE --out URI [--address auto]

Given again, it goes on where it ended. docs/batch.md says which engine is for which job.
"""

import argparse
import importlib
import logging
import os
import time
from pathlib import Path

import ray

from phantoscope_batch.dicom import require_pydicom
from phantoscope_batch.errors import RequestInvalid, named_errors
from phantoscope_batch.evaluation.checker import find_checker
from phantoscope_batch.evaluation.compare import Comparison, RealImages
from phantoscope_batch.evaluation.real import list_images
from phantoscope_batch.package import check_files, read_networks, read_package
from phantoscope_batch.place import Place
from phantoscope_batch.recipe import parse_recipe
from phantoscope_batch.run import Job, make
from phantoscope_batch.validate import validate_recipe
from phantoscope_batch.words import refuse_unknown_rows


def arguments(argv=None):
    """The command line. Raises RequestInvalid for numbers that are none."""
    parser = argparse.ArgumentParser(prog='phantoscope-batch', description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('recipe', help='a recipe that the page saved')
    parser.add_argument('--model', required=True, help='folder with model-manifest.json, the same path on every node')
    parser.add_argument('--out', required=True, help='an empty folder, or any URI of pyarrow or fsspec; every node must reach it')
    parser.add_argument('--address', help='of a Ray cluster, "auto" for the one of this machine; absent: this machine alone')
    parser.add_argument('--workers', type=int, help='most pictures that are drawn beside each other; absent: one for each GPU, else for each core')
    parser.add_argument('--threads', type=int, default=1, help='cores of each worker (1)')
    parser.add_argument('--batch', type=int, help='pictures that a worker draws at once (8 on a GPU, else 1)')
    parser.add_argument('--shard', type=int, default=256, help='most pictures in one tar file (256)')
    parser.add_argument('--provider', help="of ONNX Runtime, such as CPUExecutionProvider; absent: the node's GPU, else its CPU")
    parser.add_argument('--object-store-mb', type=int, default=512, help="Ray's shared memory, on this machine alone (512)")
    parser.add_argument('--unknown-words', choices=['ok'], help='prompts without one word that the model knows are meant')
    parser.add_argument('--format', choices=['png', 'dicom'], default='png', help='of the pictures and masks (png); dicom needs pydicom')
    parser.add_argument('--networks', help="folder of the manifest that names the networks of a check or of --real; absent: --model's")
    parser.add_argument('--real', help='folder or URI of real images: each picture is compared with them; every node must reach it')
    parser.add_argument('--labels', help='CSV with file, label and patient of the real images: those of one patient set no threshold')
    parser.add_argument('--holdout', help='folder or URI of real images that the model never saw: they set the threshold for copies')
    parser.add_argument('--copies', choices=['leave-out', 'mark'], help='what becomes of suspected copies; absent: above the limit the command ends')
    args = parser.parse_args(argv)
    if args.real is None and (args.copies or args.holdout or args.labels):
        raise RequestInvalid('--copies, --holdout and --labels are of the copy check (expected --real with them). Name a folder of real images.')
    for name in ('workers', 'threads', 'batch', 'shard'):
        value = getattr(args, name)
        if value is not None and value < 1:
            raise RequestInvalid(f'--{name} expects a whole number from 1, got {value}. Leave it out to have one chosen.')
    return args


def read_job(args):
    """The Job of a command line, checked as far as one machine can."""
    try:
        text = Path(args.recipe).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise RequestInvalid(f'{args.recipe} cannot be read (expected a recipe, got: {error}). Save one in the page under Data sets.') from error
    recipe = parse_recipe(text)
    package = read_package(args.model, recipe['modelId'])
    validate_recipe(recipe, package.entry)
    check_files(package)
    if args.unknown_words is None:
        refuse_unknown_rows(recipe, package)
    networks = read_networks(args.networks or args.model) if args.real or 'check' in recipe else []
    if args.format == 'dicom':
        require_pydicom()
    return Job(recipe, package, Place(args.out), provider=args.provider, threads=args.threads, shard=args.shard, format=args.format,
               checker=find_checker(recipe['check'], networks) if 'check' in recipe else None,
               comparison=read_comparison(args, networks) if args.real else None)


def read_comparison(args, networks):
    """The Comparison of a command line; what lies in the images is read later, by the workers. Raises RequestInvalid."""
    network = next((one for one in networks if one.entry['role'] == 'generic'), None)
    if network is None:
        raise RequestInvalid('The manifest names no network that compares images (expected one of role "generic"). Name the folder of one that does '
                             'by --networks, such as that of the shipped model.')
    try:
        importlib.import_module('faiss')
        importlib.import_module('scipy')
        table = args.labels and Path(args.labels).read_text()
    except ImportError as error:
        raise RequestInvalid(f'--real needs faiss and scipy (expected both, got: {error}). Install them on every node: '
                             'pip install "phantoscope-batch[copies]"') from error
    except (OSError, UnicodeDecodeError) as error:
        raise RequestInvalid(f'{args.labels} cannot be read (expected a CSV, got: {error}). Name one by --labels, or leave it out.') from error

    def real_images(uri):
        place = Place(uri)
        return RealImages(place, tuple(list_images(place.walk(), table)))
    return Comparison(real_images(args.real), network, args.copies, args.holdout and real_images(args.holdout))


def join(args, job):
    """Starts Ray on this machine or joins a cluster, and says how many workers there will be."""
    options = {'log_to_driver': False, 'logging_level': logging.ERROR, 'configure_logging': True}
    os.environ.setdefault('RAY_DATA_DISABLE_PROGRESS_BARS', '1')
    if args.address:
        ray.init(address=args.address, **options)
    else:
        # Two more than there are: Ray counts a core for each task, and those that read and write only wait.
        ray.init(num_cpus=os.cpu_count() + 2, object_store_memory=args.object_store_mb * 2**20, include_dashboard=False, **options)
    logging.getLogger('ray.data').setLevel(logging.ERROR)
    there = ray.cluster_resources()
    gpus = int(there.get('GPU', 0)) if args.provider != 'CPUExecutionProvider' else 0
    job.gpus = 1 if gpus else 0
    job.workers = args.workers or gpus or max(1, int(there.get('CPU', 1) - 2) // job.threads)
    job.batch = args.batch or (8 if gpus else 1)


@named_errors
def main(argv=None):
    args = arguments(argv)
    job = read_job(args)
    started = time.monotonic()
    join(args, job)
    try:
        made = make(job)
        seconds = time.monotonic() - started
        out = f' {job.num_left_out} are left out: left-out.json says which and why.' if job.num_left_out else ''
        print(f'{made} pictures made in {seconds:.1f} s ({made / seconds:.2f} a second) by {job.workers} workers; '
              f'{args.out} holds {job.total - job.num_left_out}.{out}')
    finally:
        ray.shutdown()


if __name__ == '__main__':
    main()
