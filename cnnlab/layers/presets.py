"""Numbers that the drawn sample of a layer begins with, by name: of its input, of its weights."""

from collections.abc import Mapping

from cnnlab.specs import N_, Call

MODEL = "model"  # the weights of a layer of a model

# Of the input, filled row by row.
FILLS: Mapping[str, str] = {
    "digit": N_("A handwritten digit"),
    "counting": N_("Counting: 0, 1, 2, …"),
    "random": N_("Random whole numbers"),
    "edge": N_("A bright half and a dark one"),
    "ones": N_("Ones"),
    "impulse": N_("A single one among zeros"),
    "course": N_("The course's 4 × 4 numbers"),
}
# Of the weights. "default" is how torch starts the layer.
KERNELS: Mapping[str, str] = {
    "default": N_("torch's default"),
    "xavier_uniform_": N_("Xavier, uniform"),
    "xavier_normal_": N_("Xavier, normal"),
    "kaiming_uniform_": N_("Kaiming, uniform"),
    "kaiming_normal_": N_("Kaiming, normal"),
    "identity": N_("Identity"),
    "edges": N_("Edges"),
    "sobel": N_("Sobel: upright edges"),
    "sobel_y": N_("Sobel: level edges"),
    "blur": N_("Blur"),
    "gaussian": N_("Gaussian"),
    "sharpen": N_("Sharpen"),
    "emboss": N_("Emboss"),
    "ones": N_("Ones"),
    "counting": N_("Counting: 1, 2, 3, …"),
    MODEL: N_("From a model"),
}
STARTS = ("xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_")
PLAIN = ("identity", "ones", "counting")  # of any weights
# By the family of a layer whose weights may be chosen, those that suit it.
SUITING: Mapping[str, tuple[str, ...]] = {
    "convolution": tuple(KERNELS),
    "transposed": tuple(KERNELS),
    "linear": ("default", *STARTS, *PLAIN, MODEL),
    "bilinear": ("default", *STARTS, "ones", "counting", MODEL),
    "batch_norm": ("default", MODEL),
    "instance_norm": ("default", MODEL),
    "layer_norm": ("default", MODEL),
    "group_norm": ("default", MODEL),
    "rms_norm": ("default", MODEL),
    "activation": ("default", MODEL),
}


def kernels(call: Call) -> tuple[str, ...]:
    """The names of KERNELS that suit a layer; "default" alone for one without weights."""
    return SUITING.get(call.spec.family, ("default",))
