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


"""Images of one instant come out together, once, and nobody waits for a dead camera."""

import pytest

from xview_loc.camera.instant_queue import InstantQueue
from xview_loc.errors import CameraError


def always(stamp):
    """Tell that everything is due and its motion is known."""
    return True


def never(stamp):
    """Tell the opposite."""
    return False


class Rig:
    """A queue of two cameras and a clock."""

    def __init__(self, cameras=('front', 'rear'), tolerance=0.05, wait=0.1):
        self.queue = InstantQueue(cameras, tolerance, wait)
        self.now = 0.0

    def arrive(self, camera, stamp, is_due=always):
        """Let an image arrive and return whether it was put in."""
        instant = self.queue.claim(camera, stamp, is_due)
        return instant is not None and self.queue.put(
            instant, camera, stamp, (camera, stamp), self.now)

    def take(self, after=0.0, motion=always, motion_wait=0.1):
        """Return the stamps that are given out by camera, if any."""
        self.now += after
        images = self.queue.take(self.now, motion, motion_wait)
        return images and {camera: stamp for camera, (_, stamp) in images.items()}


def test_an_instant_is_given_out_once_when_both_cameras_are_there():
    rig = Rig()
    rig.arrive('front', 1.0)
    assert rig.take() is None
    rig.arrive('rear', 1.03)
    assert rig.take() == {'front': 1.0, 'rear': 1.03}
    assert rig.take(after=10.0) is None


def test_one_camera_waits_for_nobody():
    rig = Rig([''])
    rig.arrive('', 1.0)
    assert rig.take() == {'': 1.0}


def test_the_second_camera_is_wanted_although_no_new_instant_is_due():
    rig = Rig()
    assert rig.arrive('rear', 1.02)
    assert rig.arrive('front', 1.0, is_due=never)
    assert not rig.arrive('front', 1.033, is_due=never)
    assert rig.take() == {'front': 1.0, 'rear': 1.02}


def test_an_image_joins_the_nearest_of_two_instants_in_reach():
    rig = Rig(tolerance=0.05)
    rig.arrive('front', 1.0)
    rig.arrive('front', 1.06)
    rig.arrive('rear', 1.02)
    assert rig.take() == {'front': 1.0, 'rear': 1.02}


def test_images_beyond_the_tolerance_are_two_instants():
    rig = Rig(wait=0.1)
    rig.arrive('front', 1.0)
    rig.arrive('rear', 1.051)
    assert rig.take() is None
    assert rig.take(after=0.1) == {'front': 1.0}
    assert rig.take() == {'rear': 1.051}


def test_a_missing_image_is_waited_for_only_so_long():
    rig = Rig(wait=0.1)
    rig.arrive('front', 1.0)
    assert rig.take(after=0.09) is None
    assert rig.take(after=0.02) == {'front': 1.0}


def test_a_later_complete_instant_ends_the_wait_for_an_earlier_one():
    rig = Rig()
    rig.arrive('front', 1.0)
    rig.arrive('front', 1.1)
    rig.arrive('rear', 1.1)
    assert rig.take(motion=never) == {'front': 1.0}
    assert rig.take(motion=never) is None
    assert rig.take() == {'front': 1.1, 'rear': 1.1}


def test_motion_is_waited_for_at_the_newest_stamp():
    rig = Rig()
    rig.arrive('front', 1.0)
    rig.arrive('rear', 1.04)
    assert rig.take(motion=lambda stamp: stamp < 1.04) is None
    assert rig.take(motion=lambda stamp: stamp <= 1.04) == {'front': 1.0, 'rear': 1.04}


def test_motion_that_never_comes_is_waited_for_only_so_long():
    rig = Rig([''])
    rig.arrive('', 1.0)
    assert rig.take(after=0.29, motion=never, motion_wait=0.3) is None
    assert rig.take(after=0.02, motion=never, motion_wait=0.3) == {'': 1.0}


def test_a_camera_that_missed_three_instants_is_not_waited_for():
    rig = Rig()
    for stamp in (1.0, 1.1, 1.2):
        rig.arrive('front', stamp)
        assert rig.take() is None
        assert rig.take(after=0.1) == {'front': stamp}
    assert rig.queue.silent == ['rear']
    rig.arrive('front', 1.3)
    assert rig.take() == {'front': 1.3}


def test_a_silent_camera_that_returns_just_too_late_is_waited_for_again():
    rig = Rig()
    for stamp in (1.0, 1.1, 1.2):
        rig.arrive('front', stamp)
        rig.take(after=0.1)
    rig.arrive('front', 1.3)
    rig.take()
    assert not rig.arrive('rear', 1.3)
    assert rig.queue.silent == []
    rig.arrive('front', 1.4)
    assert rig.take() is None
    assert rig.arrive('rear', 1.4)
    assert rig.take() == {'front': 1.4, 'rear': 1.4}


def test_a_camera_whose_images_cannot_be_used_stays_silent():
    rig = Rig()
    for stamp in (1.0, 1.1, 1.2, 1.3):
        rig.arrive('front', stamp)
        rig.take(after=0.1)
        rig.queue.claim('rear', stamp, always)
    assert rig.queue.silent == ['rear']


def test_an_image_older_than_every_known_instant_is_not_wanted():
    rig = Rig()
    rig.arrive('front', 2.0)
    assert not rig.arrive('rear', 1.5)
    assert rig.arrive('rear', 2.0)


def test_a_camera_whose_own_stamps_went_back_begins_anew():
    rig = Rig()
    rig.arrive('front', 100.0)
    rig.arrive('rear', 100.0)
    assert rig.take() == {'front': 100.0, 'rear': 100.0}
    rig.arrive('front', 3.0)
    rig.arrive('rear', 3.0)
    assert rig.take() == {'front': 3.0, 'rear': 3.0}


def test_clearing_forgets_images_and_silence():
    rig = Rig()
    for stamp in (1.0, 1.1, 1.2):
        rig.arrive('front', stamp)
        rig.take(after=0.1)
    rig.arrive('front', 1.3)
    rig.queue.clear()
    assert rig.take(after=1.0) is None
    assert rig.queue.silent == []
    assert rig.arrive('rear', 0.5)


@pytest.mark.parametrize('arguments', [([], 0.1, 0.1), (['a'], -0.1, 0.1), (['a'], 0.1, -1.0)])
def test_impossible_settings_are_refused(arguments):
    with pytest.raises(CameraError, match='cannot be grouped'):
        InstantQueue(*arguments)
