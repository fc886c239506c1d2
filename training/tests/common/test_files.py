import argparse

import pytest

from training.common.files import out_file


def test_folder_of_a_file_that_is_to_be_written_is_made_at_once(tmp_path):
    asked = str(tmp_path / 'new' / 'deeper' / 'found.json')
    assert out_file(asked) == asked
    (tmp_path / 'new' / 'deeper' / 'found.json').write_text('{}')


def test_folder_that_cannot_be_made_is_a_fault_of_the_argument(tmp_path, capsys):
    (tmp_path / 'file').write_text('')
    parser = argparse.ArgumentParser()
    parser.add_argument('--out', type=out_file)
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(['--out', str(tmp_path / 'file' / 'found.json')])
    assert ended.value.code == 2
    assert 'argument --out' in capsys.readouterr().err
