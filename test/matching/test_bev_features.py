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

"""The hand-made feature channels."""

import numpy as np
import pytest

from xview_loc.errors import ConfigurationError
from xview_loc.matching.bev_config import BevConfig, FeatureConfig
from xview_loc.matching.bev_features import bev_features, channel_pairs

CONFIG = FeatureConfig()


def features_of(image, valid=None):
    """Compute features of an image; everything is valid by default."""
    valid = np.ones(image.shape[:2], bool) if valid is None else valid
    return bev_features(image.astype(np.float32), valid, CONFIG)


def stripe(axis):
    """Return a bright stripe across a dark, non-square ground."""
    image = np.full((40, 60, 3), 60.0)
    if axis == 'vertical':
        image[:, 28:32] = 200.0
    else:
        image[18:22] = 200.0
    return image


def test_channels_are_pairs_then_regions():
    """Two scales make two pairs; three colours follow."""
    assert features_of(stripe('vertical')).shape == (7, 40, 60)
    assert channel_pairs(CONFIG) == 2


@pytest.mark.parametrize('axis, sign', [('vertical', 1.0), ('horizontal', -1.0)])
def test_edge_direction_is_that_of_the_gradient(axis, sign):
    """A gradient along the columns has cos 2p = 1, along the rows cos 2p = -1."""
    cosine, sine = features_of(stripe(axis))[:2]
    strongest = np.unravel_index(np.abs(cosine).argmax(), cosine.shape)
    assert np.sign(cosine[strongest]) == sign
    assert abs(sine[strongest]) < 1e-3
    assert np.abs(cosine).max() < 1.0


def test_diagonal_edge_up_right_has_positive_sine():
    """The upward axis is that of decreasing rows."""
    rows, columns = np.mgrid[:40, :60]
    image = np.repeat((60.0 + 100.0 * (columns - 10 > rows))[..., None], 3, axis=2)
    sine = features_of(image)[1]
    # The gradient points right and up: p = 45 deg, sin 2p = 1.
    assert sine[np.unravel_index(np.abs(sine).argmax(), sine.shape)] > 0.5


def test_flat_ground_has_no_features():
    """Uniform colour, whatever it is."""
    assert np.abs(features_of(np.full((30, 50, 3), 130.0))).max() < 1e-3


def test_invalid_cells_are_zero_and_make_no_edges():
    """The rim of the mask is not an edge."""
    image = np.full((40, 60, 3), 130.0)
    valid = np.ones((40, 60), bool)
    valid[:, 30:] = False
    image[:, 30:] = 0.0
    features = features_of(image, valid)
    assert np.abs(features).max() < 1e-2
    assert not features[:, :, 31:].any()


def test_gain_of_the_camera_hardly_matters():
    """Half the exposure leaves most of every feature in place."""
    random = np.random.default_rng(0)
    image = np.kron(random.uniform(60, 200, (8, 12, 3)), np.ones((5, 5, 1)))
    bright, dark = features_of(image), features_of(0.5 * image)
    correlation = np.corrcoef(bright.ravel(), dark.ravel())[0, 1]
    assert correlation > 0.95


def test_everything_invalid_is_zero():
    """No division by an empty mask."""
    features = features_of(np.zeros((20, 30, 3)), np.zeros((20, 30), bool))
    assert np.isfinite(features).all() and not features.any()


@pytest.mark.parametrize('change', [
    {'cell_m': 0.0}, {'edge_sigmas_m': (0.5, -1.0)}, {'region_window_m': float('nan')}])
def test_lengths_must_be_positive(change):
    """A sentence, not a NaN later on."""
    with pytest.raises(ConfigurationError, match='positive metres'):
        FeatureConfig(**change)


@pytest.mark.parametrize('change', [
    {'radial_suppression': 1.5}, {'blind_radius_m': 40.0}, {'kappa': 0.0}, {'yaw_step': 0.0}])
def test_settings_outside_their_range_are_refused(change):
    """The configuration checks itself."""
    with pytest.raises(ConfigurationError):
        BevConfig(**change)


def test_fine_imagery_gets_small_cells():
    """0.2 m/px is the border."""
    assert BevConfig.for_resolution(0.1).fine.cell_m == 0.25
    assert BevConfig.for_resolution(0.2).fine.cell_m == 0.25
    assert BevConfig.for_resolution(0.3).fine.cell_m == 0.5
