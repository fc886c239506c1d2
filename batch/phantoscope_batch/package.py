"""An exported package: its manifest entry, its files and their hashes, its graphs in ONNX Runtime, its tokenizer."""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from phantoscope_batch.errors import ModelCorrupt, ModelMissing, ModelUnsupported, RequestInvalid
from phantoscope_batch.json_text import compact_json

MANIFEST = 'model-manifest.json'
_PARTS = ('textEncoder', 'unet', 'vaeDecoder')
# The page runs this many bytes of weights and fewer as float32 (src/models/runtime/session.ts).
_MOST_FOLDED_BYTES = 256 * 2**20
_TYPES = {'float32': np.float32, 'float16': np.float16, 'int32': np.int32, 'int64': np.int64}


@dataclass(frozen=True)
class Package:
    """Where a package lies and what its manifest says of it."""
    folder: str                                                    # of the graphs and weights
    entry: dict
    sha256: str                                                    # of the stated entry as compact JSON: names exactly these weights


def read_package(place, model_id):
    """The Package of a model. `place`: a manifest file, or a folder with model-manifest.json in it.

    Raises ModelMissing, or RequestInvalid where the manifest has no such model.
    """
    path, manifest = _read_manifest(place)
    models = manifest['models']
    entry = next((one for one in models if one['id'] == model_id), None)
    if entry is None:
        raise RequestInvalid(f'{path} has no model "{model_id}", which the recipe asks for (expected one of: '
                             f'{", ".join(one["id"] for one in models)}). Give the package of that model by --model, or change the recipe.')
    folder = _folder_of(path, entry)
    refuse_unsupported(entry)
    return Package(str(folder), entry, hashlib.sha256(compact_json(_stated(entry)).encode()).hexdigest())


def _stated(entry):
    """An entry without further graphs of the same network, as modelHash of src/models/manifest/located-model.ts hashes it."""
    further = ('cpuGraph', 'halfGraph')
    parts = {name: {key: value for key, value in part.items() if key not in further} for name, part in entry['components'].items()}
    return entry | {'components': parts}


def _read_manifest(place):
    """(path, contents) of a manifest file, or of the one in a folder."""
    path = Path(place)
    path = path / MANIFEST if path.is_dir() else path
    try:
        manifest = json.loads(path.read_text())
        return path, manifest | {'models': manifest['models']}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelMissing(f'{place} is no package (expected a folder with {MANIFEST} in it, got: {error!r}). Name the folder by --model.') from error


def _folder_of(path, entry):
    """Where the files of an entry lie. The repository keeps what is served beside the manifest in public/."""
    folder = next((base / entry['baseUrl'] for base in (path.parent, path.parent / 'public') if (base / entry['baseUrl']).is_dir()), None)
    if folder is None:
        raise ModelMissing(f'{path.parent / entry["baseUrl"]} is not there (expected the graphs and weights of {entry["id"]}). '
                           'Copy the whole package.')
    return folder.resolve()


@dataclass(frozen=True)
class Network:
    """A network of the manifest's `evaluation`: one that compares pictures, or one that names what they show."""
    folder: str
    entry: dict

    @property
    def sha256(self):
        return self.entry['graph']['shards'][0].get('sha256') or ''


def read_networks(place):
    """[Network] of a manifest, in its order. Raises ModelMissing."""
    path, manifest = _read_manifest(place)
    return [Network(str(_folder_of(path, entry)), entry) for entry in manifest.get('evaluation', {}).get('networks', [])]


def refuse_unsupported(entry):
    """Raises ModelUnsupported for models that only the page draws."""
    types = {one['type'] for one in entry['schedulers']}
    found = ('volumes' if 'volume' in entry else 'a tokenizer of CLIP' if entry['tokenizer'].get('kind') == 'clip'
             else 'the scheduler ' + ', '.join(sorted(types)) if 'flow-match-euler' not in types
             else 'float16 inputs' if any(value['dtype'] not in _TYPES for part in _PARTS for value in entry['components'][part]['inputs'].values())
             else None)
    if found:
        raise ModelUnsupported(f'{entry["title"]} needs {found} (expected a model of pictures of this project\'s kind, by flow-match-euler). '
                               'Make its pictures with the page, or choose another model.')


def package_files(entry):
    """[(name, bytes, [sha256 of each shard])] of what is read to draw."""
    parts = [entry['components'][name] for name in _PARTS]
    return _listed([entry['tokenizer']['file'], *(one for part in parts for one in (part['graph'], *part['weights']))])


def check_files(package, where='this machine'):
    """Raises ModelMissing or ModelCorrupt unless every file of a Package or Network has the size and the hashes of the manifest."""
    entry = package.entry
    for name, size, shards in package_files(entry) if 'components' in entry else _listed([entry['graph']]):
        path = Path(package.folder) / name
        if not path.is_file():
            raise ModelMissing(f'{where} has no package at {path} (expected a file of {size} bytes, got none). Put the package on a file system '
                               'that every node sees, or into the image of the workers, at the same path.')
        with open(path, 'rb') as file:
            for count, wanted in shards:
                found = hashlib.sha256(file.read(count)).hexdigest()
                if wanted is not None and found != wanted:
                    raise ModelCorrupt(f'{path} on {where} does not match its manifest (expected {wanted[:12]}…, got {found[:12]}…). '
                                       'Copy the package there again.')
            if file.read(1):
                raise ModelCorrupt(f'{path} on {where} is longer than its manifest says (expected {size} bytes). Copy the package there again.')


def _listed(files):
    return [(one['name'], one['bytes'], [(shard['bytes'], shard['sha256']) for shard in one['shards']]) for one in files]


def session_options(threads):
    """Of ONNX Runtime. A thread that spins while it waits takes the core of the next worker."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry('session.intra_op.allow_spinning', '0')
    return options


class Graph:
    """One ONNX graph of a package; roles of the manifest in, arrays out."""

    def __init__(self, package, part, providers, threads):
        component = package.entry['components'][part]
        options = session_options(threads)
        options.add_session_config_entry('session.qdq_matmulnbits_accuracy_level', '1')
        if sum(one['bytes'] for one in component['weights']) <= _MOST_FOLDED_BYTES:
            options.add_session_config_entry('session.disable_quant_qdq', '1')
        path = Path(package.folder) / component['graph']['name']
        self.inputs, self.session = component['inputs'], onnxruntime.InferenceSession(str(path), options, providers=providers)
        (output,) = component['outputs'].values()
        self.output = output['name']

    def __call__(self, **feeds):
        """The graph's one output as float32. A role that the graph does not have is not fed."""
        named = {value['name']: _as_input(value, feeds[role]) for role, value in self.inputs.items()}
        return self.session.run([self.output], named)[0].astype(np.float32, copy=False)


def _as_input(value, array):
    """An array as the graph takes it; a fixed dimension of the graph wins over the array's."""
    shape = [size if isinstance(size, int) else array.shape[i] if i < array.ndim else 1 for i, size in enumerate(value['shape'])]
    return np.ascontiguousarray(array.reshape(shape), dtype=_TYPES[value['dtype']])


def chosen_providers(wanted=None):
    """ONNX Runtime's providers in order: what the node has, or the one that is asked for. TF32 is off, for it keeps 10 bits of a factor."""
    settings = {'CUDAExecutionProvider': {'use_tf32': '0', 'cudnn_conv_algo_search': 'HEURISTIC'}}
    there = onnxruntime.get_available_providers()
    names = [wanted] if wanted else [one for one in ('CUDAExecutionProvider', 'CPUExecutionProvider') if one in there]
    if wanted and wanted not in there:
        raise RequestInvalid(f'This node has no {wanted} (expected one of {", ".join(there)}). Install the onnxruntime of that device, or leave '
                             '--provider out.')
    names += [] if 'CPUExecutionProvider' in names else ['CPUExecutionProvider']
    return [(name, settings[name]) if name in settings else name for name in names]


class Words:
    """The package's tokenizer: text to ids of one length, as src/diffusion/text/tokenizer.ts has them."""

    def __init__(self, package):
        facts = package.entry['tokenizer']
        self.length, self.padding, self.unknown = facts['maxLength'], facts['padTokenId'], facts['unkTokenId']
        self.tokenizer = Tokenizer.from_file(str(Path(package.folder) / facts['file']['name']))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()

    def encode(self, text, special=True):
        """Ids of any length."""
        return self.tokenizer.encode(text, add_special_tokens=special).ids

    def ids(self, text):
        """int64 (length,), padded on the right; too long a text loses its end, never its special tokens."""
        if self.unknown is not None:
            text = without_weights(text)
        ids = self.encode(text)
        if len(ids) > self.length:
            content = self.encode(text, special=False)
            around = len(ids) - len(content)
            before = next(at for at in range(around + 1) if ids[at:at + len(content)] == content)
            ids = ids[:before] + content[:self.length - around] + ids[before + len(content):]
        return np.array(ids + [self.padding] * (self.length - len(ids)), np.int64)


def without_weights(text):
    """`(pneumonia:1.3)`, `[pneumonia]` and `((pneumonia))` → `pneumonia`: a vocabulary of whole words has no weights."""
    weighed = r'\(([^()]*?):\s*[+-]?(?:\d+\.?\d*|\.\d+)\s*\)|\[([^\[\]]*)\]|\(\(([^()]*)\)\)'
    return re.sub(weighed, lambda found: next((one for one in found.groups() if one is not None), ''), text)
