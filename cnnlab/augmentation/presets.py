"""Pipelines that everybody meets, as the code one finds them in."""

from collections.abc import Mapping
from dataclasses import dataclass

from cnnlab.specs import N_

TO_TENSOR = "v2.ToImage(), v2.ToDtype(torch.float32, scale=True)"
IMAGENET = "v2.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))"


@dataclass(frozen=True)
class Preset:
    """A pipeline's title, what to know of it, its code, and the picture that shows it best."""

    title: str
    about: str
    code: str
    image: str


PRESETS: Mapping[str, Preset] = {
    "first": Preset(
        N_("First steps"), N_("A crop, a mirror, a turn and other colours: four ways to see one photo anew."),
        "[v2.RandomResizedCrop(224, scale=(0.4, 1.0)), v2.RandomHorizontalFlip(), v2.RandomRotation(15), "
        "v2.ColorJitter(0.3, 0.3, 0.3, 0.05)]",
        "chelsea",
    ),
    "mnist": Preset(
        N_("MNIST, training"), N_("Digits are only shifted and turned a little: a mirrored digit is no digit."),
        f"[v2.Resize(28), v2.RandomAffine(10, translate=(0.1, 0.1)), {TO_TENSOR}, v2.Normalize((0.1307,), (0.3081,))]",
        "digit_3",
    ),
    "cifar10": Preset(
        N_("CIFAR-10, training"), N_("Pad by four, cut 32 × 32 back out, mirror: the recipe of nearly every CIFAR paper."),
        f"[v2.Resize((32, 32)), v2.RandomCrop(32, padding=4), v2.RandomHorizontalFlip(), {TO_TENSOR}, "
        "v2.Normalize((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616))]",
        "chelsea",
    ),
    "imagenet_train": Preset(
        N_("ImageNet, training"), N_("A random crop of random size and shape, mirrored half the time."),
        f"[v2.RandomResizedCrop(224), v2.RandomHorizontalFlip(), v2.ColorJitter(0.4, 0.4, 0.4), {TO_TENSOR}, {IMAGENET}]",
        "astronaut",
    ),
    "imagenet_eval": Preset(
        N_("ImageNet, evaluation"), N_("No chance at all: the short side to 256, the middle 224 × 224."),
        f"[v2.Resize(256), v2.CenterCrop(224), {TO_TENSOR}, {IMAGENET}]",
        "astronaut",
    ),
    "transfer": Preset(
        N_("Transfer learning tutorial"), N_("What the tutorial on ants and bees trains with."),
        f"[v2.RandomResizedCrop(224), v2.RandomHorizontalFlip(), {TO_TENSOR}, {IMAGENET}]",
        "flower",
    ),
    "tencrop": Preset(
        N_("TenCrop, evaluation"), N_("Ten views of one photo; the network's ten answers are averaged."),
        f"[v2.Resize(256), v2.TenCrop(224), {TO_TENSOR}, {IMAGENET}]",
        "coffee",
    ),
    "randaugment": Preset(
        N_("RandAugment"), N_("Two random operations of one strength."),
        f"[v2.RandomResizedCrop(224), v2.RandomHorizontalFlip(), v2.RandAugment(), {TO_TENSOR}, {IMAGENET}]",
        "rocket",
    ),
    "trivial": Preset(
        N_("TrivialAugmentWide"), N_("One random operation of random strength: nothing to tune."),
        f"[v2.RandomResizedCrop(224), v2.RandomHorizontalFlip(), v2.TrivialAugmentWide(), {TO_TENSOR}, {IMAGENET}]",
        "rocket",
    ),
    "augmix": Preset(
        N_("AugMix"), N_("Several chains of operations, blended with the original."),
        f"[v2.RandomResizedCrop(224), v2.RandomHorizontalFlip(), v2.AugMix(), {TO_TENSOR}, {IMAGENET}]",
        "chelsea",
    ),
    "simclr": Preset(
        N_("SimCLR"), N_("Two strong views of one photo that a network learns to match."),
        "[v2.RandomResizedCrop(224, scale=(0.08, 1.0)), v2.RandomHorizontalFlip(), "
        "v2.RandomApply([v2.ColorJitter(0.8, 0.8, 0.8, 0.2)], p=0.8), v2.RandomGrayscale(p=0.2), "
        f"v2.RandomApply([v2.GaussianBlur(kernel_size=23, sigma=(0.1, 2.0))], p=0.5), {TO_TENSOR}]",
        "astronaut",
    ),
    "detection": Preset(
        N_("Detection, with boxes"), N_("Boxes, mask and key points move along with the drawn scene."),
        "[v2.RandomZoomOut(side_range=(1.0, 2.0)), v2.RandomIoUCrop(), v2.RandomHorizontalFlip(), "
        "v2.SanitizeBoundingBoxes()]",
        "scene",
    ),
    "cutmix": Preset(
        N_("CutMix on a batch"), N_("A piece of one picture in another, and the label split by area."),
        f"[v2.Resize((160, 160)), v2.RandomHorizontalFlip(), {TO_TENSOR}, v2.CutMix(num_classes=10)]",
        "chelsea",
    ),
}
