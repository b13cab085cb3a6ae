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
    """Return the smallest fast transform size that is not below ``extent``."""
    return cv2.getOptimalDFTSize(extent)


class SatelliteSpectra:
    """
    Spectra of a rectangle of satellite features, kept for many ground hypotheses.

    :param channels: ``(C, H, W)`` float32; zero where there is no imagery.
    """

    def __init__(self, channels: np.ndarray):
        """Transform the channels and their energy."""
        self.shape = channels.shape[1:]
        self._spectra = [cv2.dft(plane) for plane in channels]
        self._energy = cv2.dft(np.einsum('cij,cij->ij', channels, channels))

    def score(self, channels: np.ndarray, weight: np.ndarray, radius: int) -> np.ndarray:
        """
        Correlate one ground hypothesis at all offsets up to twice a radius.

        ``s(d) = sum w fg.fs(x+d) / sqrt(sum w |fg|^2  sum w |fs(x+d)|^2)``; the satellite energy
        is held at 1e-3 of its maximum at least. The correlation is circular and exact as long as
        ``ground size + 2 radius <= satellite size``.

        :param channels: ``(C, n, m)`` float32 ground features, turned like the satellite's.
        :param weight: ``(n, m)`` float32.
        :param radius: half of the largest offset [cells].
        :return: ``(2 radius + 1, 2 radius + 1)`` float32 in [-1, 1]; element ``(i, j)`` has the
            first ground cell on satellite cell ``(i, j)``.
        :raises MatchingError: when the offsets would wrap around.
        """
        rows, columns = weight.shape
        if rows + 2 * radius > self.shape[0] or columns + 2 * radius > self.shape[1]:
            raise MatchingError(
                f'A view of {rows} x {columns} cells and a radius of {radius} cells need '
                f'{rows + 2 * radius} x {columns + 2 * radius} cells of satellite features; '
                f'there are {self.shape[0]} x {self.shape[1]}.')
        product, own_energy = self._product(channels, weight)
        energy = cv2.mulSpectrums(self._energy, self._padded(weight), 0, conjB=True)
        matched = _inverse(product, 2 * radius + 1)
        satellite_energy = _inverse(energy, 2 * radius + 1)
        floor = ENERGY_FLOOR * max(float(satellite_energy.max()), 1e-12)
        return matched / np.sqrt(max(own_energy, 1e-12) * np.maximum(satellite_energy, floor))

    def _product(self, channels, weight):
        """Return the spectrum of the weighted correlation and the ground's own energy."""
        product = np.zeros(self.shape, np.float32)
        own_energy = 0.0
        for plane, spectrum in zip(channels, self._spectra):
            weighted = plane * weight
            own_energy += float(np.vdot(weighted, plane))
            product += cv2.mulSpectrums(spectrum, self._padded(weighted), 0, conjB=True)
        return product, own_energy

    def _padded(self, plane):
        """Transform a plane that is padded with zeros."""
        pad = np.zeros(self.shape, np.float32)
        pad[:plane.shape[0], :plane.shape[1]] = plane
        return cv2.dft(pad, nonzeroRows=plane.shape[0])


def _inverse(spectrum, side):
    """Transform back and keep the offsets that do not wrap around."""
    flags = cv2.DFT_INVERSE | cv2.DFT_SCALE | cv2.DFT_REAL_OUTPUT
    return cv2.dft(spectrum, flags=flags)[:side, :side]
