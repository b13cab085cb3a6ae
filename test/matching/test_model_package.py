# Copyright 2026 The xview_loc Authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.

"""Packages are read strictly: what is missing, damaged or contradictory is named."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from xview_loc.errors import ModelPackageError
from xview_loc.matching.model_description import FAMILIES, graphs_of, ModelDescription
from xview_loc.matching.model_origin import ModelCard
from xview_loc.matching.model_package import read_model_package, write_model_package
from xview_loc.matching.model_records import (
    GroundInput, HeadingSearch, RetrievalGrid, SatelliteInput)

SAFA = ModelDescription(
    format=1, name='untrained_safa', family='safa', trained=False, precision='float32', opset=18,
    satellite=SatelliteInput(512, 0.1114),
    ground=GroundInput('equirectangular', (112, 616), 360.0, 30.0, -60.0),
    heading=HeadingSearch('aligned', 16), retrieval=RetrievalGrid(5.0),
    card=ModelCard('Apache-2.0', 'none'))


def write(folder: Path) -> Path:
    """Write a package whose graphs are any bytes: the reader does not open them."""
    folder.mkdir()
    for graph in SAFA.graphs:
        (folder / f'{graph}.onnx').write_bytes(graph.encode() * 100)
    write_model_package(folder, SAFA)
    return folder


def edit(folder: Path, **changes) -> Path:
    """Change entries of the description; ``None`` takes one out."""
    path = folder / 'model.yaml'
    content = yaml.safe_load(path.read_text())
    content.update(changes)
    path.write_text(yaml.safe_dump({k: v for k, v in content.items() if v is not None}))
    return folder


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    package = read_model_package(write(tmp_path / 'safa'))
    assert replace(package.description, files={}) == SAFA
    assert package.size_bytes == 100 * len('satelliteground')
    assert package.graph_path('ground') == tmp_path / 'safa' / 'ground.onnx'


def test_checksum_does_not_depend_on_the_place(tmp_path: Path) -> None:
    first, second = (read_model_package(write(tmp_path / name)) for name in ('a', 'b'))
    assert first.sha256 == second.sha256
    (tmp_path / 'b' / 'ground.onnx').write_bytes(b'other')
    assert write_model_package(tmp_path / 'b', SAFA).sha256 != first.sha256


@pytest.mark.parametrize(('changes', 'sentence'), [
    ({'colour': 1}, 'colour is not known; the entries of the file are format, name'),
    ({'family': 'resnet'}, "family is 'resnet'; it must be one of safa"),
    ({'format': 2}, 'format is 2; this version reads format 1'),
    ({'trained': True}, 'must start with untrained_ exactly where trained is false'),
    ({'trained': 'no'}, "trained must be true or false; got 'no'"),
    ({'opset': 18.5}, 'opset must be an integer; got 18.5'),
    ({'name': 'untrained_a/b'}, 'it must consist of letters'),
    ({'satellite': {'size': 512}}, 'satellite.metres_per_pixel is missing'),
    ({'satellite': {'size': 512, 'metres_per_pixel': float('nan')}}, 'a finite number; got nan'),
    ({'satellite': 512}, 'satellite must be a mapping; got 512'),
    ({'heading': {'kind': 'joint'}}, 'safa takes aligned or invariant'),
    ({'heading': {'kind': 'aligned', 'bins': 0}}, 'heading.bins is 0; it must be positive'),
    ({'retrieval': None}, 'retrieval is missing: the family is safa'),
    ({'camera_height_m': 1.65}, 'camera_height_m must be left out'),
    ({'ring': {'angle': 'clockwise'}}, 'ring must be left out'),
    ({'ring': {'angle': 'left'}}, "ring.angle is 'left'"),
    ({'ring': {'angle': 'clockwise', 'bins': 'left'}}, "ring.bins is 'left'"),
    ({'calibration': {'temperature': 0}}, 'calibration.temperature is 0.0'),
    ({'calibration': {'concentration': -1.0}}, 'calibration.concentration is -1.0'),
    ({'calibration': {'bin_share': 1.5}}, 'calibration.bin_share is 1.5'),
    ({'calibration': {'concentration': 900.0}}, 'calibration.concentration is 900.0'),
    ({'window': {'length': 0}}, 'window is 0 frames'),
    ({'ground': {'projection': 'fisheye', 'shape': [1, 2], 'horizontal_fov_deg': 90}},
     "ground.projection is 'fisheye'"),
    ({'ground': {'projection': 'pinhole', 'shape': [1, 2, 3], 'horizontal_fov_deg': 90}},
     'ground.shape must be a list of 2'),
    ({'ground': {'projection': 'pinhole', 'shape': [1, 2], 'horizontal_fov_deg': 360}},
     'ground.horizontal_fov_deg is 360'),
    ({'ground': {'projection': 'equirectangular', 'shape': [1, 2], 'horizontal_fov_deg': 360}},
     'ground.top_deg is None'),
    ({'ground': {'projection': 'pinhole', 'shape': [1, 2], 'horizontal_fov_deg': 90,
                 'top_deg': 1.0}}, 'ground.bottom_deg None'),
    ({'ground': {'projection': 'pinhole', 'shape': [1, 2], 'horizontal_fov_deg': 90,
                 'top_deg': 90.0, 'bottom_deg': -20.0}}, 'both in (-90, 90)'),
    ({'files': {}}, 'files.satellite.onnx is missing; safa consists of'),
    ({'files': {'ground.onnx': {'sha256': 'abc', 'bytes': 1}}}, "sha256 is 'abc'"),
])
def test_entry_that_does_not_fit_is_named(tmp_path: Path, changes, sentence) -> None:
    with pytest.raises(ModelPackageError) as error:
        read_model_package(edit(write(tmp_path / 'safa'), **changes))
    assert sentence in str(error.value)
    assert 'model.yaml' in str(error.value)


def test_further_file_is_not_taken_as_part_of_the_package(tmp_path: Path) -> None:
    folder = write(tmp_path / 'safa')
    files = yaml.safe_load((folder / 'model.yaml').read_text())['files']
    with pytest.raises(ModelPackageError, match=r'files\.\.\./other\.onnx is not known'):
        read_model_package(edit(folder, files={**files, '../other.onnx': files['ground.onnx']}))


def test_folder_without_description_is_no_package(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / 'absent'):
        with pytest.raises(ModelPackageError, match=f'{folder} is no model package'):
            read_model_package(folder)


def test_description_that_is_no_yaml_is_one_sentence(tmp_path: Path) -> None:
    folder = write(tmp_path / 'safa')
    (folder / 'model.yaml').write_text('a: [1,\nb: }')
    with pytest.raises(ModelPackageError, match=r'model\.yaml cannot be read') as error:
        read_model_package(folder)
    assert '\n' not in str(error.value)


def test_damaged_files_are_named(tmp_path: Path) -> None:
    folder = write(tmp_path / 'safa')
    graph = folder / 'ground.onnx'
    content = graph.read_bytes()
    graph.write_bytes(content[:-1])
    with pytest.raises(ModelPackageError, match=r'ground\.onnx has 599 bytes .* says 600'):
        read_model_package(folder)
    graph.write_bytes(content[:-1] + b'x')
    with pytest.raises(ModelPackageError, match=r'ground\.onnx does not have the checksum'):
        read_model_package(folder)
    assert read_model_package(folder, verify=False).name == 'untrained_safa'
    graph.unlink()
    with pytest.raises(ModelPackageError, match=r'ground\.onnx is missing'):
        read_model_package(folder)


def test_package_cannot_be_written_before_its_graphs(tmp_path: Path) -> None:
    with pytest.raises(ModelPackageError, match=r'satellite\.onnx is missing'):
        write_model_package(tmp_path, SAFA)


def test_graphs_of_the_families() -> None:
    assert {family: graphs_of(family)[2:] for family in FAMILIES} == {
        'safa': (), 'oricnn': (), 'stn_safa': (), 'cvml': ('match',), 'ccvpe': ('match',),
        'cvlnet': ('fuse', 'match'), 'bev_net': ()}


def test_unknown_graph_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelPackageError, match="has no graph 'match'; safa has satellite"):
        read_model_package(write(tmp_path / 'safa')).graph_path('match')
