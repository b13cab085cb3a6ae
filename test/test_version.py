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

"""The version stands in several files and is the same in all of them."""

from pathlib import Path
import re
import xml.etree.ElementTree as ElementTree

from xview_loc import __version__


def test_package_xml_names_the_version_of_the_package(project_root: Path) -> None:
    assert ElementTree.parse(project_root / 'package.xml').findtext('version') == __version__


def test_setup_py_names_the_version_of_the_package(project_root: Path) -> None:
    found = re.findall(r"^    version='([^']+)',$", (project_root / 'setup.py').read_text(), re.M)
    assert found == [__version__]


def test_changelog_has_a_section_for_the_version_or_announces_it(project_root: Path) -> None:
    lines = (project_root / 'CHANGELOG.rst').read_text().splitlines()
    sections = [title for title, rule in zip(lines, lines[1:]) if re.fullmatch('-+', rule)]
    assert sections[0] == 'Forthcoming'
    released = [section.split()[0] for section in sections[1:]]
    assert released[:1] in ([], [__version__])


def test_version_has_three_numbers_as_ros_asks_for() -> None:
    assert re.fullmatch(r'\d+\.\d+\.\d+', __version__)
