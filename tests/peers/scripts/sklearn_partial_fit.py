"""A linear classifier that learns out of core, in the form of scikit-learn's example: `partial_fit` for each batch."""

import argparse

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.01)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()

digits = load_digits()
X, y = digits.data / 16, digits.target
X_test, y_test = X[1500:], y[1500:]
classes = np.unique(y)
order = np.random.default_rng(args.seed).permutation(1500)
model = SGDClassifier(loss="log_loss", learning_rate="constant", eta0=args.lr, random_state=args.seed)

for i, batch in enumerate(np.array_split(order, 15)):
    model.partial_fit(X[batch], y[batch], classes=classes)
    if i % 3 == 2:
        n_seen = 100 * (i + 1)
        print(f"{type(model).__name__} : \t{n_seen:6d} train docs, accuracy: {model.score(X_test, y_test):.3f}")
