"""Changes to the graphs of an exported package, whose weight files stay, and to what the manifest says of them."""

import argparse
import json
from pathlib import Path

import onnx

from training.export.graphs import file_record


def change_package(folder, manifest, change):
    """Lets `change` rewrite graphs of a package and its entries.

    `folder`: of the package; `manifest`: path of a model-manifest.json, whose entries of that folder are changed; `change`: takes the
    components of an entry, by name, and changes them; returns the names of the files it wrote. Returns all such names.
    """
    folder, manifest = Path(folder), Path(manifest)
    text = json.loads(manifest.read_text())
    entries = [entry for entry in text['models'] if Path(entry.get('baseUrl', '')).name == folder.name]
    names = {name for entry in entries for name in change(entry['components'])}
    manifest.write_text(json.dumps(text, indent=1, ensure_ascii=False) + '\n')
    return sorted(names)


def write_beside(path, suffix, rewrite):
    """Writes what `rewrite` (model → model) makes of a stored graph beside it, `NAME-suffix.onnx`; returns its path.

    The new graph reads the same weight files.
    """
    path = Path(path)
    model = rewrite(onnx.load(path, load_external_data=False))
    written = path.with_name(f'{path.stem}-{suffix}.onnx')
    written.write_bytes(model.SerializeToString())
    return written


def write_twins(folder, manifest, role, names, write):
    """Writes a further graph for each of the named components, and names it in the manifest; see `change_package`.

    `role`: the graph's key in a component; `write`: takes the path of a component's graph, returns that of the new one beside it.
    """
    def change(components):
        written = {name: write(Path(folder) / components[name]['graph']['name']) for name in names}
        for name, path in written.items():
            components[name][role] = file_record(path)
        return [path.name for path in written.values()]
    return change_package(folder, manifest, change)


def run(doc, change):
    """The command line of a module that changes packages. `change`: takes folder and manifest, returns the names of what it wrote."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--package', required=True)
    parser.add_argument('--manifest', default='model-manifest.json')
    args = parser.parse_args()
    print(f'written: {", ".join(change(args.package, args.manifest))}')
