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

"""Rules of the tests that need torch: skipped with the reason where it is absent."""

from collections.abc import Iterator
import importlib.util
from pathlib import Path

import pytest
from source_tree import imported_modules

MISSING = [name for name in ('torch', 'torchvision') if importlib.util.find_spec(name) is None]
# Folders of which all works without torch but the tests that import it.
NUMPY_ONLY = ('data',)


class SkippedModule(pytest.Module):
    """A test file that is reported as skipped without being imported."""

    def collect(self) -> list:
        pytest.skip(f'{" and ".join(MISSING)} not installed', allow_module_level=True)


def pytest_pycollect_makemodule(
        module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Replace test files that could not be imported: without torch, all but those of numpy."""
    if not MISSING or (module_path.parent.name in NUMPY_ONLY
                       and 'torch' not in imported_modules(module_path)):
        return None
    return SkippedModule.from_parent(parent, path=module_path)


@pytest.fixture(autouse=True)
def reproducible_torch() -> Iterator[None]:
    """Run on one core, from the same seed, and leave the number of cores as it was."""
    if MISSING:
        yield
        return
    import torch
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(threads)
