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

from glob import glob
from os.path import isfile

from setuptools import find_packages, setup

PACKAGE = 'xview_loc'


def files_of(folder: str) -> list:
    """List every file below a folder as ``data_files`` entries that keep the tree."""
    entries: dict = {}
    for path in sorted(glob(f'{folder}/**', recursive=True)):
        if isfile(path):
            entries.setdefault(f'share/{PACKAGE}/' + path.rpartition('/')[0], []).append(path)
    return list(entries.items())


def requirements(name: str) -> list:
    """Read the entries of a requirement file."""
    with open(f'requirements/{name}.txt') as lines:
        return [line.strip() for line in lines if line.strip() and not line.startswith('#')]


setup(
    name=PACKAGE,
    version='0.1.0',
    packages=find_packages(include=[PACKAGE, f'{PACKAGE}.*']),
    package_data={'': ['*.html', '*.j2', '*.css', '*.yaml', 'py.typed'],
                  f'{PACKAGE}.learning': ['recipes/*.yaml', 'recipes/*.md']},
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{PACKAGE}']),
        (f'share/{PACKAGE}', ['package.xml']),
        *files_of('launch'),
        *files_of('config'),
        *files_of('models'),
    ],
    install_requires=['setuptools'],
    extras_require={name: requirements(name)
                    for name in ('runtime', 'ros', 'relocalisation', 'test', 'train')},
    python_requires='>=3.10',
    zip_safe=False,
    maintainer='The xview_loc maintainers',
    maintainer_email='maintainers@xview-loc.example.org',
    description='Localize a vehicle by matching its camera to satellite imagery.',
    license='Apache-2.0',
    entry_points={
        'console_scripts': [
            'perception = xview_loc.ros.perception:main',
            'particle_filter = xview_loc.ros.particle_filter:main',
            'localizer = xview_loc.ros.localizer:main',
            'bag_player = xview_loc.ros.bag_player:main',
            'xview-loc = xview_loc.cli.main:main',
        ],
    },
)
