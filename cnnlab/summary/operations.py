"""Operations of torch by what they do, as tables of names."""

# Operations that only make, move or look at numbers: nothing to count.
MOVES = frozenset({
    "empty", "empty_like", "empty_strided", "new_empty", "new_empty_strided", "new_zeros", "new_ones", "new_full",
    "zeros", "zeros_like", "ones", "ones_like", "full", "full_like", "eye", "arange", "linspace", "scalar_tensor",
    "fill_", "zero_", "copy_", "clone", "_to_copy", "contiguous", "cat", "stack", "lift_fresh", "lift_fresh_copy",
    "constant_pad_nd", "roll", "flip", "repeat", "index", "index_select", "gather", "select_scatter", "tril",
    "triu", "index_put_", "masked_fill", "masked_fill_", "embedding", "_unsafe_view", "_reshape_copy", "item",
    "_local_scalar_dense", "nonzero", "unbind", "split", "unsafe_split", "split_with_sizes", "chunk",
    "pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "native_channel_shuffle", "where", "reflection_pad1d",
    "reflection_pad2d", "reflection_pad3d", "replication_pad1d", "replication_pad2d", "replication_pad3d",
    "_unsafe_index", "max_unpool2d", "max_unpool3d", "im2col", "bernoulli", "bernoulli_", "rand", "randn",
    "uniform_", "normal_", "random_", "randint", "rand_like", "randn_like", "set_", "resize_", "is_same_size",
    "device", "_pack_padded_sequence", "detach_", "slice_scatter",
})

# What the receptive field needs to know of them. The result is the argument, element for element:
SAME = frozenset({"clone", "contiguous", "_to_copy", "detach", "alias", "lift_fresh", "dropout"})
# They put elements elsewhere, or a few times, and look at no value: done to numbers of ours, they say where from.
REARRANGED = frozenset({
    "permute", "transpose", "t", "expand", "squeeze", "unsqueeze", "slice", "select", "split", "split_with_sizes",
    "unsafe_split", "unbind", "chunk", "roll", "flip", "repeat", "pixel_shuffle", "pixel_unshuffle", "channel_shuffle",
    "native_channel_shuffle", "as_strided", "unfold", "reshape", "view_as", "diagonal",
    "upsample_nearest1d", "upsample_nearest2d", "upsample_nearest3d", "_upsample_nearest_exact1d",
    "_upsample_nearest_exact2d", "_upsample_nearest_exact3d", "reflection_pad1d", "reflection_pad2d",
    "reflection_pad3d", "replication_pad1d", "replication_pad2d", "replication_pad3d",
})
RESHAPED = frozenset({"view", "_unsafe_view", "_reshape_alias"})  # the same, but they cannot take expanded tensors
OVER_DIMS = frozenset({
    "mean", "sum", "amax", "amin", "var", "std", "max", "min", "argmax", "linalg_vector_norm", "_softmax",
    "_safe_softmax", "_log_softmax", "cumsum", "index_select",
})
CONVOLUTIONS = frozenset({"convolution", "_convolution"})
POOLS = frozenset({
    "max_pool2d_with_indices", "max_pool3d_with_indices", "avg_pool2d", "avg_pool3d", "max_pool2d", "avg_pool1d",
})
ADAPTIVE = frozenset({"_adaptive_avg_pool2d", "adaptive_max_pool2d", "_adaptive_avg_pool3d", "adaptive_max_pool3d"})
NORMS = frozenset({
    "native_batch_norm", "_native_batch_norm_legit_no_training", "_native_batch_norm_legit", "cudnn_batch_norm",
})
