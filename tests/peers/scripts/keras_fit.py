"""A network in Keras, in the form of its first guide: compile, fit, evaluate. The data are scikit-learn's digits."""

import argparse

import keras
from sklearn.datasets import load_digits

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.01)
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--verbose", default="auto")
args = parser.parse_args()
keras.utils.set_random_seed(args.seed)

digits = load_digits()
x, y = digits.data.astype("float32") / 16, digits.target

model = keras.Sequential(
    [
        keras.layers.Input(shape=(64,)),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.compile(
    loss="sparse_categorical_crossentropy",
    optimizer=keras.optimizers.SGD(learning_rate=args.lr),
    metrics=["accuracy"],
)
model.fit(
    x[:1500],
    y[:1500],
    batch_size=64,
    epochs=args.epochs,
    validation_data=(x[1500:], y[1500:]),
    verbose=args.verbose if args.verbose == "auto" else int(args.verbose),
)
