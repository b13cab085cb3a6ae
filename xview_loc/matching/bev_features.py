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

"""
The hand-made features that ground and satellite share.

Seven channels a cell: two double-angle edge directions (at two scales) and three locally
normalised colours. The same code runs on a satellite patch and on a bird's-eye view, so that both
sides mean the same thing.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from xview_loc.matching.bev_config import FeatureConfig

LOG_GAIN, LOG_OFFSET = 60.0, 8.0
OPPONENT_GAIN = 2.0
DEVIATION_FLOOR = 2.0
REGION_LIMIT = 2.0


def bev_features(image: np.ndarray, valid: np.ndarray, config: FeatureConfig) -> np.ndarray:
    """
    Compute the feature channels of an image seen from above.

    :param image: ``(H, W, 3)`` float32 RGB in [0, 255], one pixel a cell, first row up.
    :param valid: ``(H, W)`` bool; False cells neither count nor disturb their neighbours.
    :param config: scales and weights.
    :return: ``(C, H, W)`` float32: a (cos 2p, sin 2p) pair for each edge scale, where p is the
        direction of the gradient counter-clockwise from the column axis, then L*, a*, b*; zero
        where nothing is known.
    """
    mask = valid.astype(np.float32)
    pairs = _edge_directions(image, mask, config)
    return np.concatenate([pairs, _regions(image, mask, config)])


def channel_pairs(config: FeatureConfig) -> int:
    """Return how many leading channel pairs turn with the image."""
    return len(config.edge_sigmas_m)


def _blur(planes: np.ndarray, sigma_cells: float) -> np.ndarray:
    return cv2.GaussianBlur(planes, (0, 0), sigma_cells, borderType=cv2.BORDER_CONSTANT)


def _masked_blur(planes, mask, sigma_cells):
    """Blur with the weights renormalised over the valid cells; outside the image none is."""
    weight = np.maximum(_blur(mask, sigma_cells), 1e-3)
    return _blur(planes * mask[..., None], sigma_cells) / weight[..., None]


def _edge_directions(image, mask, config):
    """Return the double-angle pairs ``(2 S, H, W)``, magnitude in [0, 1)."""
    logarithm = LOG_GAIN * np.log(image + LOG_OFFSET)
    red, green, blue = cv2.split(logarithm)
    opponent = cv2.merge([
        logarithm.mean(axis=2), OPPONENT_GAIN * (green - red), OPPONENT_GAIN * (green - blue)])
    pairs = []
    for sigma_m in config.edge_sigmas_m:
        sigma = sigma_m / config.cell_m
        smooth = _masked_blur(opponent, mask, sigma)
        right = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=1.0 / 8.0)
        up = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=-1.0 / 8.0)
        cosine = (right * right - up * up).sum(axis=2)
        sine = 2.0 * (right * up).sum(axis=2)
        energy = (right * right + up * up).sum(axis=2)
        magnitude = np.sqrt(energy)
        gain = _eroded(mask, math.ceil(sigma)) / (
            np.maximum(magnitude, 1e-6) * (magnitude + config.edge_saturation))
        pairs += [cosine * gain, sine * gain]
    return np.stack(pairs)


def _regions(image, mask, config):
    """Return the locally normalised L*, a*, b* ``(3, H, W)``."""
    lab = cv2.cvtColor(image * np.float32(1.0 / 255.0), cv2.COLOR_RGB2Lab)
    smooth = _masked_blur(lab, mask, config.region_blur_m / config.cell_m)
    window = config.region_window_m / config.cell_m
    mean = _masked_blur(smooth, mask, window)
    square = _masked_blur(smooth * smooth, mask, window)
    deviation = np.sqrt(np.maximum(square - mean * mean, 0.0))
    regions = np.clip((smooth - mean) / (deviation + DEVIATION_FLOOR),
                      -REGION_LIMIT, REGION_LIMIT)
    regions *= np.asarray(config.region_factors, dtype=np.float32) * mask[..., None]
    return np.moveaxis(regions, 2, 0)


def _eroded(mask, cells):
    """Erode; what lies beyond the image counts as valid."""
    kernel = np.ones((2 * cells + 1, 2 * cells + 1), np.uint8)
    return cv2.erode(mask, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=1.0)
