"""The card of a final training."""

import lrsearch


def test_a_card_names_all_that_the_training_did(tmp_path):
    """Warm-up, augmentation and label smoothing stand in it beside the schedule."""
    train = {"epochs": 1, "schedule": "linear", "warmup": 0.2, "label_smoothing": 0.1}
    spec = {"data": {"dataset": "digits", "train_size": 64, "augment": "flip-crop"}, "train": train}
    spec |= {"model": {"name": "mlp", "hidden": [4]}, "search": {"lr": [0.1]}}
    run = lrsearch.run_training(spec=spec, lr=0.1, runs_dir=tmp_path, progress=False)
    card = (run.path / "card.md").read_text()
    assert "| schedule | linear after warm-up |" in card
    assert "| further | label smoothing 0.1, flip-crop |" in card
