"""The data sets that a spec can name."""

from __future__ import annotations

from lrsearch.catalog.entries import DatasetEntry, Option, table

_OF_TEXTS: dict[str, Option] = {
    "vocabulary": Option("whole", 20_000, "most frequent words of the training part that are told apart", 1, 10**7),
    "length": Option("whole", 200, "number of words of each text; the last words are kept", 1, 100_000),
    "lower": Option("flag", True, "whether upper and lower case are the same"),
}

DATASETS: dict[str, DatasetEntry] = table(
    DatasetEntry(
        name="digits",
        about="handwritten digits, 8x8 pixels; needs no download, because scikit-learn has the data",
        module="lrsearch.data.digits",
        shape=(1, 8, 8),
        n_train=1500,
        n_test=297,
        n_classes=10,
    ),
    DatasetEntry(
        name="mnist",
        about="handwritten digits (LeCun et al. 1998)",
        module="lrsearch.data.mnist",
        shape=(1, 28, 28),
        n_train=60_000,
        n_test=10_000,
        n_classes=10,
        download=True,
    ),
    DatasetEntry(
        name="fashion-mnist",
        about="pictures of clothing (Xiao et al. 2017)",
        module="lrsearch.data.mnist",
        shape=(1, 28, 28),
        n_train=60_000,
        n_test=10_000,
        n_classes=10,
        download=True,
    ),
    DatasetEntry(
        name="kmnist",
        about="cursive Japanese characters (Clanuwat et al. 2018)",
        module="lrsearch.data.mnist",
        shape=(1, 28, 28),
        n_train=60_000,
        n_test=10_000,
        n_classes=10,
        download=True,
    ),
    DatasetEntry(
        name="cifar10",
        about="colour photographs of animals and vehicles, 10 classes (Krizhevsky 2009)",
        module="lrsearch.data.cifar",
        shape=(3, 32, 32),
        n_train=50_000,
        n_test=10_000,
        n_classes=10,
        download=True,
    ),
    DatasetEntry(
        name="cifar100",
        about="colour photographs of animals, people, plants and objects, 100 classes (Krizhevsky 2009)",
        module="lrsearch.data.cifar",
        shape=(3, 32, 32),
        n_train=50_000,
        n_test=10_000,
        n_classes=100,
        download=True,
    ),
    DatasetEntry(
        name="imdb",
        about="film reviews, positive or negative (Maas et al. 2011)",
        module="lrsearch.data.imdb",
        n_train=25_000,
        n_test=25_000,
        n_classes=2,
        download=True,
        kind="texts",
        options=_OF_TEXTS,
    ),
    DatasetEntry(
        name="arrays",
        about="your own .npz file with x_train, y_train and, if any, x_val, y_val, x_test, y_test",
        module="lrsearch.data.npz",
        path="the .npz file",
    ),
    DatasetEntry(
        name="own",
        about="arrays that a Python program passes, as in run_search(spec, data=...)",
        module="lrsearch.data.own",
        from_python=True,
    ),
    DatasetEntry(
        name="folder",
        about="your own images, in one folder per class; lrsearch resizes the images once",
        module="lrsearch.data.folder",
        path="the folder of images",
        channels=(1, 3),
        options={
            "shape": Option(
                "wholes",
                (3, 32, 32),
                "channels (1 or 3), height and width to which each image is resized",
                1,
                1024,
                length=3,
            )
        },
    ),
    DatasetEntry(
        name="text",
        about="your own texts with labels: a CSV, TSV or JSONL file, or .txt files in one folder per class",
        module="lrsearch.data.text",
        path="the file or the folder of texts",
        has_test_file=True,
        kind="texts",
        options={
            "text": Option(
                "text", None, "name of the column of texts; null: found by its name, such as text or review"
            ),
            "label": Option(
                "text", None, "name of the column of labels; null: found by its name, such as label or class"
            ),
            **_OF_TEXTS,
        },
    ),
    DatasetEntry(
        name="table",
        about="your own table: a CSV, TSV or JSONL file with columns of numbers and texts, and a column to predict",
        module="lrsearch.data.table",
        path="the file of the table",
        has_test_file=True,
        kind="rows",
        options={
            "label": Option("text", None, "name of the column to predict; null: found by its name, such as label"),
            "task": Option(
                "word",
                "classification",
                "whether the label is a class or a number: classification or regression",
                words=("classification", "regression"),
            ),
            "ignore": Option("text", None, 'names of columns to leave out, such as "id, name"; null: none'),
        },
    ),
    DatasetEntry(
        name="wine",
        about="chemical analyses of wines of three growers, 13 columns; part of scikit-learn",
        module="lrsearch.data.small_tables",
        kind="rows",
        n_train=178,
        n_classes=3,
    ),
    DatasetEntry(
        name="breast-cancer",
        about="measurements of cells, malignant or benign, 30 columns; part of scikit-learn",
        module="lrsearch.data.small_tables",
        kind="rows",
        n_train=569,
        n_classes=2,
    ),
    DatasetEntry(
        name="diabetes",
        about="a regression: progress of the disease from 10 columns (Efron et al. 2004); part of scikit-learn",
        module="lrsearch.data.small_tables",
        kind="rows",
        task="regression",
        n_train=442,
    ),
    DatasetEntry(
        name="synthetic",
        about="noisy patterns, one for each class, generated from data.split_seed",
        module="lrsearch.data.synthetic",
        options={
            "shape": Option("wholes", (1, 8, 8), "channels, height and width", 1, 1024, length=3),
            "classes": Option("whole", 10, "number of classes", 2, 1000),
            "size": Option("whole", 2000, "images to train and validate with", 20, 1_000_000),
        },
    ),
)
