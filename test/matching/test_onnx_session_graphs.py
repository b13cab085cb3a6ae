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

"""Graphs that are damaged or of another model are refused in one sentence."""

from pathlib import Path

import pytest
from scripted_sessions import images
from tiny_packages import tiny_package
import yaml

from xview_loc.errors import ModelPackageError
from xview_loc.matching.model_package import read_model_package, write_model_package
from xview_loc.matching.onnx_session import OnnxSessions


def test_file_cut_short_is_one_sentence(tmp_path: Path) -> None:
    made = tiny_package(tmp_path / 'safa', 'safa')
    path = made.graph_path('ground')
    path.write_bytes(path.read_bytes()[:5000])
    # The description is made anew: the checksum fits, the graph is broken all the same.
    package = write_model_package(made.folder, made.description)
    with pytest.raises(ModelPackageError, match=r'ground\.onnx cannot be opened') as error:
        OnnxSessions(package, ['cpu']).warm_up()
    assert '\n' not in str(error.value)


def test_graph_of_another_family_is_refused(tmp_path: Path) -> None:
    package = tiny_package(tmp_path / 'safa', 'safa')
    other = tiny_package(tmp_path / 'oricnn', 'oricnn')
    package.graph_path('ground').write_bytes(other.graph_path('ground').read_bytes())
    with pytest.raises(ModelPackageError, match='has the inputs images, heading; safa needs'):
        OnnxSessions(package, ['cpu']).warm_up()


def test_image_size_of_description_and_graph_must_agree(tmp_path: Path) -> None:
    folder = tiny_package(tmp_path / 'safa', 'safa').folder
    content = yaml.safe_load((folder / 'model.yaml').read_text())
    content['ground']['shape'] = [32, 256]
    (folder / 'model.yaml').write_text(yaml.safe_dump(content))
    package = read_model_package(folder)
    with pytest.raises(ModelPackageError, match='model.yaml describes 32 rows and 256 columns'):
        OnnxSessions(package, ['cpu']).run('ground', images())
