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

"""The errors that the package raises on purpose."""


class XviewLocError(Exception):
    """
    Base of every error a user can cause or repair.

    The message is one sentence that names the value and what is allowed; the command line prints
    it without a traceback and exits with code 2.
    """


class GeometryError(XviewLocError):
    """A pose, projection or camera model is outside what it can represent."""


class ImageryError(XviewLocError):
    """A satellite source cannot be read or does not serve the place or resolution asked for."""


class CameraError(XviewLocError):
    """An image or its calibration cannot be used."""


class MatchingError(XviewLocError):
    """A matcher cannot work with the window, the map or the prior it was given."""


class FilterError(XviewLocError):
    """A filter was configured or fed with something it must refuse."""


class RecordingError(XviewLocError):
    """A bag, data set folder or trajectory file cannot be read or written."""


class ConfigurationError(XviewLocError):
    """A parameter or option has a value that is not allowed."""


class LearningError(XviewLocError):
    """A network, its weights or its training data cannot be used."""


class DataSetError(LearningError):
    """A data set is incomplete, damaged or not laid out as published."""


class ModelPackageError(XviewLocError):
    """A model package is incomplete, damaged, contradicts itself or cannot be run."""
