"""A text classifier with Hugging Face's `Trainer`, in the form of its tutorial; a tiny model and made sentences."""

import argparse

import numpy as np
import torch
from torch.utils.data import Dataset
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments, set_seed

N_TOKENS = 50


class Sentences(Dataset):
    """Sequences of tokens; the class is whether there are more even tokens than odd ones."""

    def __init__(self, n, seed):
        self.tokens = torch.randint(1, N_TOKENS, (n, 15), generator=torch.Generator().manual_seed(seed))
        self.labels = ((self.tokens % 2 == 0).sum(1) > 7).long()

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return {"input_ids": self.tokens[i], "labels": self.labels[i]}


def compute_metrics(eval_pred):
    logits, labels = eval_pred
    return {"accuracy": float(np.mean(np.argmax(logits, axis=-1) == labels))}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output-dir", default="out")
    args = parser.parse_args()
    set_seed(args.seed)
    model = BertForSequenceClassification(
        BertConfig(
            vocab_size=N_TOKENS,
            hidden_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=32,
            num_labels=2,
        )
    )
    training_args = TrainingArguments(
        output_dir=args.output_dir,
        learning_rate=args.lr,
        per_device_train_batch_size=64,
        per_device_eval_batch_size=128,
        num_train_epochs=args.epochs,
        seed=args.seed,
        eval_strategy="epoch",
        logging_steps=4,
        save_strategy="epoch",
        report_to="none",
        use_cpu=True,
    )
    trainer = Trainer(
        model=model,
        args=training_args,
        train_dataset=Sentences(512, 1),
        eval_dataset=Sentences(400, 2),
        compute_metrics=compute_metrics,
    )
    trainer.train()
    trainer.save_state()


if __name__ == "__main__":
    main()
