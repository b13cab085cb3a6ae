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

"""Masked normalised correlation of ground with satellite features, by Fourier transform."""

from __future__ import annotations

import cv2
import numpy as np

from xview_loc.errors import MatchingError

ENERGY_FLOOR = 1e-3


def transform_size(extent: int) -> int:
    """Return the smallest fast transform size that is even and not below ``extent``."""
    size = cv2.getOptimalDFTSize(extent)
    while size % 2:
        size = cv2.getOptimalDFTSize(size + 1)
    return size


class SatelliteSpectra:
    """
    Spectra of a square piece of satellite features, kept for many ground hypotheses.

    :param channels: ``(C, L, L)`` float32; zero where there is no imagery.
    :raises MatchingError: when the planes are not square.
    """

    def __init__(self, channels: np.ndarray):
        """Transform the channels and their energy."""
        if channels.ndim != 3 or channels.shape[1] != channels.shape[2]:
            raise MatchingError(
                f'Satellite features must have shape (C, L, L); got {channels.shape}.')
        self.size = channels.shape[1]
        self._spectra = [cv2.dft(plane) for plane in channels]
        self._energy = cv2.dft(np.einsum('cij,cij->ij', channels, channels))

    def score(self, channels: np.ndarray, weight: np.ndarray, radius: int) -> np.ndarray:
        """
        Correlate one ground hypothesis at all offsets up to a radius.

        ``s(d) = sum w fg.fs(x+d) / sqrt(sum w |fg|^2  sum w |fs(x+d)|^2)``; the satellite energy
        is held at 1e-3 of its maximum at least. The correlation is circular and exact as long as
        ``ground size + 2 radius <= L``.

        :param channels: ``(C, n, n)`` float32 ground features, north up, centred.
        :param weight: ``(n, n)`` float32.
        :param radius: largest offset [cells].
        :return: ``(2 radius + 1, 2 radius + 1)`` float32 in [-1, 1], row 0 the northern offset.
        """
        count = channels.shape[1]
        if count + 2 * radius > self.size:
            raise MatchingError(
                f'A view of {count} cells and a radius of {radius} cells need '
                f'{count + 2 * radius} cells of satellite features; there are {self.size}.')
        pad = np.zeros((self.size, self.size), np.float32)
        product = np.zeros_like(pad)
        own_energy = 0.0
        for plane, spectrum in zip(channels, self._spectra):
            weighted = plane * weight
            own_energy += float(np.vdot(weighted, plane))
            pad[:count, :count] = weighted
            product += cv2.mulSpectrums(spectrum, cv2.dft(pad), 0, conjB=True)
        pad[:count, :count] = weight
        energy = cv2.mulSpectrums(self._energy, cv2.dft(pad), 0, conjB=True)
        first = (self.size - count) // 2 - radius
        crop = slice(first, first + 2 * radius + 1)
        flags = cv2.DFT_INVERSE | cv2.DFT_SCALE | cv2.DFT_REAL_OUTPUT
        matched = cv2.dft(product, flags=flags)[crop, crop]
        satellite_energy = cv2.dft(energy, flags=flags)[crop, crop]
        floor = ENERGY_FLOOR * max(float(satellite_energy.max()), 1e-12)
        return matched / np.sqrt(max(own_energy, 1e-12) * np.maximum(satellite_energy, floor))
