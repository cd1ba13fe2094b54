"""The data sets that a spec can name."""

from __future__ import annotations

from lrsearch.catalog.entries import DatasetEntry, Option, table

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
