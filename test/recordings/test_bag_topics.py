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

"""Finding the inputs of the localizer in a bag."""

import pytest
from small_bag import write_small_bag

from xview_loc.errors import ConfigurationError
from xview_loc.recordings.bag_reader import BagReader
from xview_loc.recordings.bag_topics import choose_topics, speaks_of_truth


@pytest.fixture(scope='module')
def bag(tmp_path_factory):
    """Return a small bag."""
    return write_small_bag(tmp_path_factory.mktemp('bags') / 'bag', 0.5)


def test_conventional_topics_need_no_remapping(bag):
    with BagReader(bag) as reader:
        topics = choose_topics(reader)
    assert topics.image == '/image/compressed' and topics.is_compressed
    assert topics.truth == '/truth' and topics.odometry == '/odometry/filtered'
    assert topics.remappings() == ''


def test_other_names_are_found_by_type_and_remapped(tmp_path):
    path = write_small_bag(tmp_path / 'bag', 0.5, raw=True, truth=False, prefix='/car')
    with BagReader(path) as reader:
        topics = choose_topics(reader)
    assert not topics.is_compressed and topics.truth == ''
    assert set(topics.remappings().split(',')) == {
        '/car/image:=/image', '/car/camera_info:=/camera_info', '/car/fix:=/fix',
        '/car/odometry/filtered:=/odometry/filtered'}


def test_a_topic_that_is_not_there_is_refused(bag):
    with BagReader(bag) as reader, pytest.raises(ConfigurationError, match='/nothing'):
        choose_topics(reader, fix='/nothing')


def test_words_that_speak_of_truth():
    assert speaks_of_truth('/truth') and speaks_of_truth('/car/ground_truth/fix')
    assert not speaks_of_truth('/odometry/filtered')
