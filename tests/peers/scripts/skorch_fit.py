"""A network in skorch, in the form of its quickstart: `NeuralNetClassifier.fit`. The data are scikit-learn's digits."""

import argparse

import torch
from sklearn.datasets import load_digits
from skorch import NeuralNetClassifier
from torch import nn


class MyModule(nn.Module):
    def __init__(self, num_units=64):
        super().__init__()
        self.dense = nn.Linear(64, num_units)
        self.output = nn.Linear(num_units, 10)

    def forward(self, x):
        return torch.softmax(self.output(torch.relu(self.dense(x))), dim=-1)


parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()

torch.manual_seed(args.seed)
digits = load_digits()
net = NeuralNetClassifier(MyModule, max_epochs=args.epochs, lr=args.lr, batch_size=64, iterator_train__shuffle=True)
net.fit((digits.data / 16).astype("float32"), digits.target)
