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
