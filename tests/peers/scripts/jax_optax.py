"""A network in JAX with Optax, in the form of JAX's tutorial; the data are scikit-learn's digits."""

import argparse
import time

import jax
import jax.numpy as jnp
import optax
from jax import grad, jit, random, vmap
from sklearn.datasets import load_digits

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()


def init_network_params(sizes, key):
    keys = random.split(key, len(sizes))
    return [
        (0.1 * random.normal(k, (n, m)), jnp.zeros((n,))) for m, n, k in zip(sizes[:-1], sizes[1:], keys, strict=False)
    ]


def predict(params, image):
    activations = image
    for w, b in params[:-1]:
        activations = jax.nn.relu(jnp.dot(w, activations) + b)
    w, b = params[-1]
    return jax.nn.log_softmax(jnp.dot(w, activations) + b)


batched_predict = vmap(predict, in_axes=(None, 0))


def accuracy(params, images, targets):
    return jnp.mean(jnp.argmax(batched_predict(params, images), axis=1) == targets)


def loss(params, images, targets):
    return -jnp.mean(jnp.take_along_axis(batched_predict(params, images), targets[:, None], axis=1))


optimizer = optax.sgd(args.lr)


@jit
def update(params, state, images, targets):
    updates, state = optimizer.update(grad(loss)(params, images, targets), state)
    return optax.apply_updates(params, updates), state


digits = load_digits()
x, y = jnp.array(digits.data / 16), jnp.array(digits.target)
train_images, train_labels, test_images, test_labels = x[:1500], y[:1500], x[1500:], y[1500:]
params = init_network_params([64, 64, 10], random.key(args.seed))
state = optimizer.init(params)

for epoch in range(args.epochs):
    start_time = time.time()
    for first in range(0, 1500, 100):
        params, state = update(params, state, train_images[first : first + 100], train_labels[first : first + 100])
    epoch_time = time.time() - start_time

    train_acc = accuracy(params, train_images, train_labels)
    test_acc = accuracy(params, test_images, test_labels)
    print(f"Epoch {epoch} in {epoch_time:0.2f} sec")
    print(f"Training set accuracy {train_acc}")
    print(f"Test set accuracy {test_acc}")
