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


"""What the commands that need torch say where it is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from xview_loc.errors import LearningError

PACKAGES = ('torch', 'torchvision', 'onnx', 'onnxscript', 'safetensors', 'lightning',
            'tensorboard')


@contextmanager
def training_packages(purpose: str) -> Iterator[None]:
    """
    Turn the failed import of a training package into one sentence.

    :param purpose: what needs it, for instance ``Exporting a model``.
    :raises LearningError: when one of ``PACKAGES`` cannot be imported.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or '').partition('.')[0]
        if missing not in PACKAGES:
            raise
        raise LearningError(
            f'{purpose} needs {missing}, which is not installed; run pip install -r '
            'requirements/train.txt.') from error
