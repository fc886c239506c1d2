"""Further graphs of a package's components, on the weight files that are there."""

import json
from pathlib import Path

from training.export.graphs import file_record


def write_twins(folder, manifest, role, components, write):
    """Writes a further graph of each of `components` and names it in the manifest.

    `folder`: of the package; `manifest`: path of a model-manifest.json, whose entries of that folder are changed; `role`: the graph's key in
    a component; `write`: takes the path of a component's graph, returns that of the new one beside it. Returns the names of the new files.
    """
    folder, manifest = Path(folder), Path(manifest)
    text = json.loads(manifest.read_text())
    names = []
    for entry in (entry for entry in text['models'] if Path(entry.get('baseUrl', '')).name == folder.name):
        for name in components:
            component = entry['components'][name]
            path = write(folder / component['graph']['name'])
            component[role] = file_record(path)
            names.append(path.name)
    manifest.write_text(json.dumps(text, indent=1, ensure_ascii=False) + '\n')
    return sorted(set(names))
