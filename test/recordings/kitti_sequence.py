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

"""A tiny sequence in the exact layout of the KITTI odometry benchmark."""

import math

import cv2
import numpy as np


def pose_row(forward, right, turn_right):
    """Return a line: moved forward and right, turned right about the camera's down axis."""
    c, s = math.cos(turn_right), math.sin(turn_right)
    matrix = np.array([[c, 0, s, right], [0, 1, 0, 0], [-s, 0, c, forward]])
    return ' '.join(f'{value:.9f}' for value in matrix.ravel())


def write_sequence(root, count=6):
    """Write a sequence that drives forward one metre per image and turns right."""
    folder = root / 'sequences' / '04'
    (folder / 'image_2').mkdir(parents=True)
    (root / 'poses').mkdir()
    for i in range(count):
        cv2.imwrite(str(folder / 'image_2' / f'{i:06d}.png'), np.full((8, 20, 3), i, np.uint8))
    (folder / 'times.txt').write_text(''.join(f'{0.1 * i:.6e}\n' for i in range(count)))
    (folder / 'calib.txt').write_text(
        'P0: 700 0 600 0 0 700 180 0 0 0 1 0\nP2: 700 0 600 42 0 700 180 0 0 0 1 0\n')
    (root / 'poses' / '04.txt').write_text(
        '\n'.join(pose_row(float(i), 0.0, 0.02 * i) for i in range(count)) + '\n')
    return folder
