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

"""Fixtures that several tests of matching share."""

import onnxruntime
import pytest
from tiny_packages import tiny_package


@pytest.fixture(scope='module')
def package(tmp_path_factory: pytest.TempPathFactory):
    """Return a small package."""
    return tiny_package(tmp_path_factory.mktemp('models') / 'safa', 'safa')


@pytest.fixture
def every_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let onnxruntime claim to have all providers."""
    monkeypatch.setattr(onnxruntime, 'get_available_providers', lambda: [
        'TensorrtExecutionProvider', 'CUDAExecutionProvider', 'CPUExecutionProvider'])
