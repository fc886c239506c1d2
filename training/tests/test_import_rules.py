"""The plan of the house: who may import whom, and how large a file, a folder and a script's main part may be."""

import ast
from pathlib import Path

import pytest

TRAINING = Path(__file__).resolve().parents[1]
# The lowest first. A room uses its own files and the rooms below it, never one above: so no circle of rooms is possible.
FLOORS = ['common', 'data', 'model', 'export', 'train', 'judges', 'usefulness', 'evaluate', 'rivals', 'volumes', 'goldens']
MOST_LINES, MOST_FILES, MOST_MAIN_LINES = 300, 25, 40


def sources():
    """{module name: text} of all that is not a test."""
    paths = [path for path in TRAINING.rglob('*.py') if 'tests' not in path.relative_to(TRAINING).parts]
    return {'.'.join(path.relative_to(TRAINING.parent).with_suffix('').parts): path.read_text() for path in paths}


def imports(text, modules):
    """The modules of the package that a text imports, at its top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, 'say the whole name of a module: from training.x.y import z'
            inside = {f'{node.module}.{name.name}' for name in node.names} & modules
            found |= inside or {node.module} & modules
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names} & modules
    return found


def arrows_up(texts):
    """One sentence for each import of a room that is not below."""
    said = []
    for name, text in texts.items():
        for other in sorted(imports(text, set(texts))):
            here, there = (module.split('.')[1] for module in (name, other))
            if FLOORS.index(there) > FLOORS.index(here):
                said.append(f'{name} imports {other}: {there} is not below {here}')
    return said


def circle(texts):
    """The names of modules that import each other in a ring, or None."""
    graph = {name: imports(text, set(texts)) for name, text in texts.items()}
    over = set()

    def walk(name, way):
        if name in way:
            return [*way[way.index(name):], name]
        if name in over:
            return None
        for other in sorted(graph[name]):
            if found := walk(other, [*way, name]):
                return found
        over.add(name)
        return None
    return next((found for name in graph if (found := walk(name, []))), None)


def main_lines(text):
    """Lines of what runs when a script is started: the block under __name__, and the function main."""
    body = ast.parse(text).body
    blocks = [node for node in body if isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'"]
    mains = [node for node in body if isinstance(node, ast.FunctionDef) and node.name == 'main']
    return sum(node.end_lineno - node.lineno + 1 for node in blocks + mains)


def test_every_folder_has_a_floor():
    assert {name.split('.')[1] for name in sources() if name.count('.') > 1} == set(FLOORS)


def test_no_arrow_points_up():
    texts = {name: text for name, text in sources().items() if name.count('.') > 1}
    assert len(texts) > 90
    assert arrows_up(texts) == []


def test_no_modules_import_each_other():
    assert circle(sources()) is None


@pytest.mark.parametrize('line', ['from training.train.x import a', 'from training.train import x', 'import training.train.x'])
def test_an_arrow_up_is_seen_inside_a_function_too(line):
    texts = {'training.model.y': f'def f():\n    {line}\n', 'training.train.x': 'from training.model import y\n'}
    assert arrows_up(texts) == ['training.model.y imports training.train.x: train is not below model']
    assert circle(texts) == ['training.model.y', 'training.train.x', 'training.model.y']


def test_no_file_is_too_long():
    long = {str(path.relative_to(TRAINING)): lines for path in TRAINING.rglob('*.py')
            if (lines := len(path.read_text().splitlines())) > MOST_LINES}
    assert long == {}, f'split these by subject: {long}'


def test_no_folder_is_too_full():
    folders = [TRAINING, *(path for path in TRAINING.rglob('*') if path.is_dir() and path.name != '__pycache__')]
    full = {str(folder.relative_to(TRAINING)): count for folder in folders
            if (count := sum(path.suffix == '.py' for path in folder.iterdir())) > MOST_FILES}
    assert full == {}


def test_a_script_is_a_thin_command():
    thick = {name: lines for name, text in sources().items() if (lines := main_lines(text)) > MOST_MAIN_LINES}
    assert thick == {}, f'give these functions of their own: {thick}'
