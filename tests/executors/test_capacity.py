"""How many jobs fit on the nodes of a cluster, and what is said of them."""

import pytest

from lrsearch.executors.on_ray.capacity import Node, Reserved, fit, fit_on, in_words


@pytest.mark.parametrize(
    ("node", "reserved", "n"),
    [
        (Node("a", "a", 8.0), Reserved(1), 8),
        (Node("a", "a", 8.0), Reserved(3), 2),
        (Node("a", "a", 0.0), Reserved(1), 0),
        (Node("a", "a", 8.0, 2.0), Reserved(1, 1), 2),
        (Node("a", "a", 8.0, 2.0), Reserved(1, 0.5), 4),
        (Node("a", "a", 8.0, 2.0), Reserved(1, 0.3), 6),
        (Node("a", "a", 8.0, 2.0), Reserved(1, 0.6), 2),
        (Node("a", "a", 2.0, 4.0), Reserved(1, 0.25), 2),
        (Node("a", "a", 64.0, 8.0), Reserved(1, 4), 2),
        (Node("a", "a", 64.0), Reserved(1, 0.5), 0),
    ],
)
def test_as_many_fit_as_ray_would_place(node, reserved, n):
    """CPUs and GPUs both bound them; a share of a GPU lies on one GPU."""
    assert fit_on(node, reserved) == n


def test_nodes_are_added_up():
    """A job never spans two nodes."""
    nodes = [Node("a", "a", 3.0), Node("b", "b", 3.0), Node("c", "c", 1.0)]
    assert fit(nodes, Reserved(2)) == 2
    assert fit([], Reserved(1)) == 0


def test_a_cluster_in_words():
    """One of a thing, none of it, and many."""
    assert in_words([Node("a", "a", 1.0)]) == "1 node with 1 CPU and no GPU"
    assert in_words([Node("a", "a", 64.0, 4.0)] * 3) == "3 nodes with 192 CPUs and 12 GPUs"
    assert str(Reserved(2, 0.25)) == "2 CPUs and 0.25 of a GPU"
    assert str(Reserved(0, 1.0)) == "1 GPU"
