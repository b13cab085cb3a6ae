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

"""A tile server on this machine that misbehaves on request."""

from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread

from ground_pattern import png
import numpy as np


def tile_bytes(zoom, column, row):
    """Return what the server holds under an address."""
    value = (zoom * 31 + column * 7 + row * 3) % 256
    return png(np.full((256, 256, 3), value, np.uint8))


class TileServer:
    """
    Serves every tile, after the faults that a test asks for.

    :param faults: names of faults by path, used up one per request; ``'always '`` in front
        repeats a fault for ever.
    """

    def __init__(self, faults=None):
        self.faults = {path: list(names) for path, names in (faults or {}).items()}
        self.requests = Counter()
        self.agents = set()
        self.most_at_once = self._at_once = 0
        self.released = Event()
        self._lock = Lock()

    def next_fault(self, path):
        with self._lock:
            self.requests[path] += 1
            names = self.faults.get(path, self.faults.get('*', []))
            if not names:
                return ''
            if names[0].startswith('always '):
                return names[0].removeprefix('always ')
            return names.pop(0)

    def count(self, change):
        with self._lock:
            self._at_once += change
            self.most_at_once = max(self.most_at_once, self._at_once)


class _Handler(BaseHTTPRequestHandler):

    protocol_version = 'HTTP/1.1'

    def log_message(self, *arguments):
        """Stay quiet."""

    def do_GET(self):
        """Answer with a tile or a fault."""
        state = self.server.state
        state.agents.add(self.headers['User-Agent'])
        state.count(1)
        self.answer(state, state.next_fault(self.path.partition('?')[0]))

    def answer(self, state, fault):
        body = tile_bytes(*map(int, self.path.partition('?')[0].strip('/').partition('.')[0]
                               .split('/')))
        if fault.isdecimal():
            self.reply(int(fault), b'sorry', 'text/plain')
        elif fault.startswith('retry after '):
            self.reply(429, b'', 'text/plain', retry=fault.removeprefix('retry after '))
        elif fault == 'truncated':
            self.reply(200, body[:len(body) // 2], length=len(body))
            self.close_connection = True
        elif fault == 'truncated silently':
            self.reply(200, body[:len(body) // 2])
        elif fault == 'html':
            self.reply(200, b'<html>please log in</html>', 'text/html')
        elif fault == 'html as png':
            self.reply(200, b'<html>please log in</html>', 'image/png')
        elif fault == 'octets':
            self.reply(200, body, 'application/octet-stream')
        elif fault == 'hang':
            state.released.wait(20.0)
            self.hang_up()
        elif fault == 'drop':
            self.hang_up()
        else:
            self.reply(200, body)

    def hang_up(self):
        self.server.state.count(-1)
        self.close_connection = True

    def reply(self, status, body, kind='image/png', length=None, retry=None):
        # Before the first byte: once the client has the last one it may send its next request.
        self.server.state.count(-1)
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(body) if length is None else length))
        if retry is not None:
            self.send_header('Retry-After', retry)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serving(faults=None):
    """Run a server; give its state and the template of its addresses."""
    state = TileServer(faults)
    server = ThreadingHTTPServer(('127.0.0.1', 0), _Handler)
    server.daemon_threads = True
    server.state = state
    thread = Thread(target=server.serve_forever, kwargs={'poll_interval': 0.02}, daemon=True)
    thread.start()
    try:
        yield state, f'http://127.0.0.1:{server.server_address[1]}/{{z}}/{{x}}/{{y}}.png'
    finally:
        state.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
