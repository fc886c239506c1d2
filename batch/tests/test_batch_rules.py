"""The plan of batch/: who imports whom, and how long a file may be."""

import ast

from places import ROOT

PACKAGE = ROOT / 'batch' / 'phantoscope_batch'
# The lowest first. A module uses those of the lines below it in this list, so there is no circle; those of a line do not know each other.
FLOORS = [['errors', 'philox', 'json_text', 'deal', 'modality', 'evaluation.thumbs'], ['nuclei', 'recipe', 'splits', 'package', 'evaluation.real'],
          ['validate', 'words', 'draw', 'png', 'labels', 'card', 'dicom', 'evaluation.squares', 'evaluation.copies'],
          ['evaluation.checker', 'evaluation.report'], ['place'], ['claim', 'stages', 'evaluation.compare'], ['shards'],
          ['listing'], ['run'], ['__main__']]
# Without Ray: what `npm test` runs, and what training/ may import.
WITHOUT_RAY = {name for floor in FLOORS[:4] for name in floor}
SHARED_WITH_TRAINING = {'errors', 'philox', 'nuclei'}
MOST_LINES, MOST_FILES, MOST_MAIN_LINES = 300, 25, 40


def imports(path):
    """Whole names of all modules that a file imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def test_no_arrow_points_up_and_no_module_knows_training():
    floor_of = {name: k for k, floor in enumerate(FLOORS) for name in floor}
    modules = {'.'.join(path.relative_to(PACKAGE).with_suffix('').parts): path for path in PACKAGE.rglob('*.py') if path.stem != '__init__'}
    assert set(modules) == set(floor_of)
    for name, path in modules.items():
        for other in imports(path):
            top, _, inside = other.partition('.')
            assert top != 'training', f'{name} imports {other}: batch/ is installed alone'
            assert not inside or top != 'phantoscope_batch' or floor_of[inside] < floor_of[name], f'{name} imports {other}, which is not below it'
            assert top not in ('ray', 'pyarrow') or name not in WITHOUT_RAY, f'{name} imports {other}: it runs where there is no Ray'


def test_training_imports_only_what_both_need():
    used = {other.partition('.')[2] for path in (ROOT / 'training').rglob('*.py') for other in imports(path) if other.startswith('phantoscope_batch')}
    assert used == SHARED_WITH_TRAINING


def test_no_file_is_too_long_and_a_command_is_thin():
    files = [path for path in (ROOT / 'batch').rglob('*.py') if 'build' not in path.parts]
    assert len(files) > 20 and len(list(PACKAGE.glob('*.py'))) <= MOST_FILES
    assert {path.name: lines for path in files if (lines := len(path.read_text().splitlines())) > MOST_LINES} == {}
    mains = [node for path in files for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef) and node.name == 'main']
    assert mains and max(node.end_lineno - node.lineno + 1 for node in mains) <= MOST_MAIN_LINES
