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

"""Reading ROS 1 bags and rosbag2 bags (mcap, db3, split, compressed) alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from rosbags.highlevel import AnyReader, AnyReaderError
from rosbags.interfaces import Connection, ConnectionExtRosbag1, Qos, QosDurability
from rosbags.rosbag1 import ReaderError as Rosbag1Error
from rosbags.rosbag2 import ReaderError as Rosbag2Error
from rosbags.typesys import get_typestore, Stores, TypesysError

from xview_loc.errors import RecordingError
from xview_loc.recordings.message_conversion import cdr_converter


class BagTopic(NamedTuple):
    """
    What a bag says about one topic.

    :param name: topic name.
    :param msgtype: ROS 2 type name, such as ``sensor_msgs/msg/Image``.
    :param message_count: number of messages.
    :param qos: recorded quality of service; ``None`` where the bag has none.
    :param latched: late subscribers shall receive the last message.
    """

    name: str
    msgtype: str
    message_count: int
    qos: Qos | None
    latched: bool


class BagMessage(NamedTuple):
    """
    One message as the bag holds it.

    :param topic: topic name.
    :param msgtype: ROS 2 type name.
    :param log_ns: when it was recorded [ns].
    :param data: serialised for ROS 2 (CDR).
    """

    topic: str
    msgtype: str
    log_ns: int
    data: bytes


class BagReader:
    """
    A bag open for reading, to be used in a ``with`` statement.

    Reads a ROS 1 ``.bag``, a rosbag2 folder, or a single ``.mcap`` or ``.db3`` file. Messages
    of ROS 1 are converted, so that callers see ROS 2 types and CDR only.

    :param path: the bag.
    :raises RecordingError: when it cannot be opened; the sentence names the file.
    """

    def __init__(self, path: str | Path):
        """Open the bag and read its index."""
        self.path = Path(path)
        _check_looks_like_bag(self.path)
        with _errors_of(self.path):
            self._reader = AnyReader(
                [self.path], default_typestore=get_typestore(Stores.ROS2_JAZZY))
            self._reader.open()
        self._is_open = True
        self._converters: dict[str, Any] = {}
        self._first_ns, self._last_ns = self._reader.start_time, self._reader.end_time - 1

    def __enter__(self) -> BagReader:
        """Return the reader."""
        return self

    def __exit__(self, *_) -> None:
        """Close the bag."""
        self.close()

    def close(self) -> None:
        """Close the files; later calls do nothing."""
        if self._is_open:
            self._is_open = False
            self._reader.close()

    @property
    def message_count(self) -> int:
        """Return the number of messages on all topics."""
        return self._reader.message_count

    @property
    def start_ns(self) -> int:
        """Return the log time of the first message [ns]; 0 for an empty bag."""
        return self._first_ns if self.message_count else 0

    @property
    def end_ns(self) -> int:
        """Return the log time of the last message [ns]; 0 for an empty bag."""
        return self._last_ns if self.message_count else 0

    @property
    def duration_s(self) -> float:
        """Return the time between the first and the last message [s]."""
        return (self.end_ns - self.start_ns) * 1e-9

    @property
    def is_ros1(self) -> bool:
        """Tell whether the bag was recorded by ROS 1."""
        return not self._reader.is2

    @property
    def topics(self) -> dict[str, BagTopic]:
        """Return the topics by name; counts of several connections are added up."""
        found: dict[str, BagTopic] = {}
        for connection in self._reader.connections:
            topic = _topic_of(connection)
            if topic.name in found:
                topic = topic._replace(
                    message_count=topic.message_count + found[topic.name].message_count)
            found[topic.name] = topic
        return found

    @property
    def custom_data(self) -> dict[str, str]:
        """Return the strings that the writer stored in the metadata of a rosbag2 folder."""
        metadata = getattr(getattr(self._reader.readers[0], 'storage', None), 'metadata', None)
        return dict(getattr(metadata, 'custom', None) or {})

    def topics_of_type(self, msgtype: str) -> list[str]:
        """Return the names of the topics of a type that hold messages, the fullest first."""
        fitting = [t for t in self.topics.values() if t.msgtype == msgtype and t.message_count]
        return [topic.name for topic in sorted(fitting, key=lambda topic: -topic.message_count)]

    def serialized(self, topics: Iterable[str] | None = None, *, start_ns: int | None = None,
                   stop_ns: int | None = None) -> Iterator[BagMessage]:
        """
        Yield messages in the order of their log times, serialised for ROS 2.

        :param topics: names to read; every topic when ``None``.
        :param start_ns: first log time [ns].
        :param stop_ns: log time to stop before [ns].
        :raises RecordingError: when the bag breaks off or is damaged; what came before was
            yielded.
        """
        for connection, log_ns, data in self._raw(topics, start_ns, stop_ns):
            msgtype = connection.msgtype
            if self.is_ros1:
                data = self._to_cdr(msgtype)(data)
            yield BagMessage(connection.topic, msgtype, log_ns, bytes(data))

    def messages(self, topics: Iterable[str] | None = None, *, start_ns: int | None = None,
                 stop_ns: int | None = None) -> Iterator[tuple[str, int, Any]]:
        """
        Yield ``(topic, log time [ns], message)`` in the order of their log times.

        The arguments are those of :meth:`serialized`.
        """
        for connection, log_ns, data in self._raw(topics, start_ns, stop_ns):
            with _errors_of(self.path):
                message = self._reader.deserialize(data, connection.msgtype)
            yield connection.topic, log_ns, message

    def _raw(self, topics, start_ns, stop_ns):
        """Yield connection, log time and data as stored."""
        connections = self._connections_of(topics)
        if not connections:
            return
        stored = self._reader.messages(connections, start=start_ns, stop=stop_ns)
        while True:
            with _errors_of(self.path):
                item = next(stored, None)
            if item is None:
                return
            yield item

    def _connections_of(self, topics) -> list[Connection]:
        """Return the connections of topics; unknown names are refused."""
        if topics is None:
            return self._reader.connections
        wanted = set(topics)
        missing = wanted - {connection.topic for connection in self._reader.connections}
        if missing:
            raise RecordingError(
                f'{self.path} has no topic {", ".join(sorted(missing))}; '
                f'it has {", ".join(sorted(self.topics)) or "none"}.')
        return [c for c in self._reader.connections if c.topic in wanted]

    def _to_cdr(self, msgtype: str):
        """Return the function that turns a ROS 1 message into CDR."""
        if msgtype not in self._converters:
            self._converters[msgtype] = cdr_converter(self._reader.typestore, msgtype)
        return self._converters[msgtype]


def header_stamp(message: Any) -> float | None:
    """Return the stamp of a message's header [s], or ``None`` where it has no header."""
    header = getattr(message, 'header', None)
    if header is None:
        return None
    return header.stamp.sec + header.stamp.nanosec * 1e-9


def _topic_of(connection: Connection) -> BagTopic:
    """Describe the topic of a connection."""
    if isinstance(connection.ext, ConnectionExtRosbag1):
        profile, latched = None, bool(connection.ext.latching)
    else:
        profiles = connection.ext.offered_qos_profiles
        profile = profiles[0] if profiles else None
        latched = any(p.durability == QosDurability.TRANSIENT_LOCAL for p in profiles)
    return BagTopic(connection.topic, connection.msgtype, connection.msgcount, profile, latched)


def _check_looks_like_bag(path: Path) -> None:
    """Refuse what is certainly not a bag, with a sentence."""
    if not path.exists():
        raise RecordingError(f'{path} does not exist; name a bag.')
    if path.is_dir() and not (path / 'metadata.yaml').exists():
        raise RecordingError(f'{path} has no metadata.yaml, so it is not a rosbag2 folder.')
    if path.is_file() and path.suffix not in ('.bag', '.mcap', '.db3'):
        raise RecordingError(
            f'{path} is not a bag; a bag is a rosbag2 folder, .mcap, .db3 or .bag.')


@contextmanager
def _errors_of(path: Path):
    """Turn the errors of the bag library into one sentence that names the file."""
    try:
        yield
    except RecordingError:
        raise
    except (AnyReaderError, Rosbag1Error, Rosbag2Error, TypesysError) as error:
        raise RecordingError(f'{path} cannot be read as a bag: {_sentence(error)}') from error
    except Exception as error:  # noqa: B902 - damaged bytes fail in any way in the decoders
        raise RecordingError(
            f'{path} is damaged or truncated ({type(error).__name__}: {_sentence(error)})'
        ) from error


def _sentence(error: Exception) -> str:
    """Return the first line of an error message, ending with a full stop."""
    text = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return text if text.endswith('.') else f'{text}.'
