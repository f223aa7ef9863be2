"""The datasets on offer."""

from cnnlab import limits
from cnnlab.specs import N_, Param, catalogue

from .rows import DatasetSpec, Remote

VISION = "torchvision.datasets:"
DIGITS = tuple("0123456789")
GARMENTS = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
KANA = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
CIFAR100 = """
    apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle
    caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish
    forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle
    mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine
    possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar
    sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle wardrobe whale
    willow_tree wolf woman worm
    """
IDX = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
TORONTO = "https://www.cs.toronto.edu/~kriz/"
STANFORD = "http://ufldl.stanford.edu/housenumbers/"


def _mnist(
    name: str, about: str, classes: tuple[str, ...], mirrors: tuple[str, ...], files: tuple[tuple[str, int], ...]
) -> DatasetSpec:
    """One of MNIST's family: `files` are the MD5 and the bytes of IDX, in their order."""
    return DatasetSpec(
        VISION + name,
        (),
        about,
        partial=True,
        classes=classes,
        shape=(1, 28, 28),
        counts=(60_000, 10_000),
        files=tuple(
            Remote(f"{name}/raw/{file}.gz", tuple(f"{mirror}{file}.gz" for mirror in mirrors), md5, size, "gz")
            for file, (md5, size) in zip(IDX, files, strict=True)
        ),
        parts=({"train": True}, {"train": False}),
        reads=(
            f'data = datasets.{name}("data", {{part}}, download=True)',
            "pictures, labels = data.data[:, None], data.targets.numpy()",
        ),
    )


def _cifar(name: str, about: str, classes: tuple[str, ...], file: str, md5: str, size: int) -> DatasetSpec:
    return DatasetSpec(
        VISION + name,
        (),
        about,
        partial=True,
        classes=classes,
        shape=(3, 32, 32),
        counts=(50_000, 10_000),
        files=(Remote(file, (TORONTO + file,), md5, size, "tar"),),
        parts=({"train": True}, {"train": False}),
        reads=(
            f'data = datasets.{name}("data", {{part}}, download=True)',
            "pictures, labels = torch.from_numpy(data.data).movedim(-1, 1).contiguous(), np.array(data.targets)",
        ),
    )


DATASETS: dict[str, DatasetSpec] = catalogue(
    (
        DatasetSpec(
            "cnnlab.loading.embedded:digits",
            (),
            N_("1,797 handwritten digits of 8 × 8 pixels, which scikit-learn brings along."),
            classes=DIGITS,
            shape=(1, 8, 8),
            counts=(1797,),
            plain=(
                "digits = load_digits()",
                "pictures = torch.from_numpy(np.rint(digits.images * (255 / 16)).astype(np.uint8))[:, None]",
                "labels = digits.target",
            ),
        ),
        _mnist(
            "MNIST",
            N_("70,000 handwritten digits: where most people begin."),
            DIGITS,
            ("https://ossci-datasets.s3.amazonaws.com/mnist/", "http://yann.lecun.com/exdb/mnist/"),
            (
                ("f68b3c2dcbeaaa9fbdd348bbdeb94873", 9_912_422),
                ("d53e105ee54ea40749a09fcbcd1e9432", 28_881),
                ("9fb629c4189551a2d022fa330f9573f3", 1_648_877),
                ("ec29112dd5afa0611ce80d1b7f02629c", 4_542),
            ),
        ),
        _mnist(
            "FashionMNIST",
            N_("70,000 pieces of clothing from a shop, as small and gray as MNIST's digits and harder."),
            GARMENTS,
            ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
            (
                ("8d4fb7e6c68d591d4c3dfef9ec88bf0d", 26_421_880),
                ("25c81989df183df01b3e8a0aad5dffbe", 29_515),
                ("bef4ecab320f06d8554ea6380940ec79", 4_422_102),
                ("bb300cfdad3c16e7a12a480ee83cd310", 5_148),
            ),
        ),
        _mnist(
            "KMNIST",
            N_("70,000 characters from old Japanese books, ten syllables in many hands."),
            KANA,
            ("http://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
            (
                ("bdb82020997e1d708af4cf47b453dcf7", 18_165_135),
                ("e144d726b3acfaa3e44228e80efcd344", 29_497),
                ("5c965bf0a639b31b8f53240b1b52f4d7", 3_041_136),
                ("7320c461ea6c1c855c0b718fb2a4b134", 5_120),
            ),
        ),
        _cifar(
            "CIFAR10",
            N_("60,000 small photos of ten kinds of things."),
            CIFAR10,
            "cifar-10-python.tar.gz",
            "c58f30108f718f92721af3b95e74349a",
            170_498_071,
        ),
        _cifar(
            "CIFAR100",
            N_("60,000 small photos of a hundred kinds of things, 600 of each."),
            tuple(CIFAR100.split()),
            "cifar-100-python.tar.gz",
            "eb9058c3a382ffc7106e4002c42a8d85",
            169_001_437,
        ),
        DatasetSpec(
            VISION + "SVHN",
            (),
            N_("99,289 house numbers photographed from the street: the digit in the middle counts."),
            partial=True,
            classes=DIGITS,
            shape=(3, 32, 32),
            counts=(73_257, 26_032),
            files=(
                Remote(
                    "train_32x32.mat", (STANFORD + "train_32x32.mat",), "e26dedcc434d2e4c54c9b2d4a06d8373", 182_040_794
                ),
                Remote(
                    "test_32x32.mat", (STANFORD + "test_32x32.mat",), "eb5a983be6a315427106f1b164d9cef3", 64_275_384
                ),
            ),
            parts=({"split": "train"}, {"split": "test"}),
            reads=(
                'data = datasets.SVHN("data", {part}, download=True)',
                "pictures, labels = torch.from_numpy(data.data), data.labels",
            ),
        ),
        DatasetSpec(
            "cnnlab.loading.folder:ImageFolder",
            (
                Param(
                    "root",
                    str,
                    ".",
                    help=N_("A folder with a folder for each class, inside the one that CNNLAB_PICTURES names."),
                ),
            ),
            N_("Pictures of your own, in a folder for each class on the machine that runs cnnlab."),
        ),
        DatasetSpec(
            "cnnlab.loading.uploads:Upload",
            (Param("digest", str, "", help=N_("The hash of the zip, which no link carries.")),),
            N_("Pictures of your own: a zip of folders, one for each class. It is kept while this session lasts."),
            own=True,
        ),
        DatasetSpec(
            "cnnlab.loading.embedded:FakeData",
            (
                Param("size", int, 1000, low=1, high=limits.FAKE_PICTURES, step=100, help=N_("How many pictures.")),
                Param("classes", int, 10, low=2, high=limits.CLASSES, help=N_("How many classes.")),
                Param("side", int, 32, low=1, high=limits.FAKE_SIDE, unit="px", help=N_("Height and width.")),
                Param("channels", int, 3, low=1, high=3, step=2, help=N_("1 for gray, 3 for colours.")),
                Param("seed", int, 0, low=0, high=limits.SEED, help=N_("Another seed gives other noise.")),
            ),
            N_("Noise with labels that mean nothing: whoever learns it has learnt it by heart."),
            reads=(
                "labels = np.random.default_rng(({seed}, 0)).permutation({size}) % {classes}",
                "noise = np.random.default_rng(({seed}, 1))",
                "pictures = torch.from_numpy(noise.integers(0, 256, ({size}, {channels}, {side}, {side}), np.uint8))",
            ),
        ),
    )
)
