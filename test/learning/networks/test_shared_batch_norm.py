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

"""Two processes with half a batch each have the gradients and statistics of one with all of it."""

import os
from pathlib import Path
import subprocess
import sys

import torch
from torch import distributed, nn

from xview_loc.learning.losses.dense_localisation import cell_info_nce
from xview_loc.learning.networks.shared_batch_norm import share_batch_norms, SharedBatchNorm2d

COUNT = 8


def small_network() -> nn.Sequential:
    """Return a network of two convolutions, the same every time."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4, momentum=0.3), nn.ReLU(),
                         nn.Conv2d(4, 2, 3))


def examples() -> tuple[torch.Tensor, torch.Tensor]:
    """Return images, and labels whose sum is another in every second of them."""
    generator = torch.Generator().manual_seed(1)
    images = torch.randn(COUNT, 3, 9, 9, generator=generator)
    labels = torch.rand(COUNT, 2, 5, 5, generator=generator)
    labels[::2] *= 0.2
    return images, labels


def half_a_batch(rank: int, folder: str) -> None:
    """Be one of two processes; the first keeps what came out."""
    torch.set_num_threads(1)
    distributed.init_process_group(
        'gloo', init_method=f'file://{folder}/meeting', rank=rank, world_size=2)
    network = small_network()
    share_batch_norms(network)
    images, labels = (values[rank::2] for values in examples())
    said = network(images)
    loss = cell_info_nce(said, labels)
    loss.backward()
    means = [loss.detach(), *(weight.grad for weight in network.parameters())]
    for mean in means:
        distributed.all_reduce(mean)
        mean /= 2
    if rank == 0:
        torch.save((means, said.detach(), network.state_dict()), f'{folder}/first.pt')
    distributed.destroy_process_group()


def test_two_halves_of_a_batch_are_the_batch(tmp_path: Path) -> None:
    processes = [subprocess.Popen(
        [sys.executable, __file__, str(rank), str(tmp_path)],
        env={**os.environ, 'OMP_NUM_THREADS': '1'}) for rank in range(2)]
    assert [process.wait() for process in processes] == [0, 0]
    means, said, state = torch.load(tmp_path / 'first.pt')
    network = small_network()
    images, labels = examples()
    expected = network(images)
    loss = cell_info_nce(expected, labels)
    loss.backward()
    torch.testing.assert_close(said, expected.detach()[::2])
    torch.testing.assert_close(
        means, [loss.detach(), *(weight.grad for weight in network.parameters())])
    torch.testing.assert_close(state, dict(network.state_dict()))
    alone = small_network()(images[::2])
    assert not torch.allclose(alone, said, atol=1e-3)


def test_a_shared_layer_alone_is_the_ordinary_one_with_its_tensors() -> None:
    network = small_network()
    names, weights = list(network.state_dict()), list(network.parameters())
    images, _ = examples()
    expected = [network(images), network.eval()(images)]
    state = {name: value.clone() for name, value in network.state_dict().items()}
    network[1].reset_running_stats()
    network.train()
    assert share_batch_norms(network) == 1 and isinstance(network[1], SharedBatchNorm2d)
    assert list(network.state_dict()) == names
    assert all(one is other for one, other in zip(weights, network.parameters()))
    torch.testing.assert_close(network(images), expected[0])
    torch.testing.assert_close(network.eval()(images), expected[1])
    torch.testing.assert_close(dict(network.state_dict()), state)


if __name__ == '__main__':
    half_a_batch(int(sys.argv[1]), sys.argv[2])
