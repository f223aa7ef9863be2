"""What is too much, said once. Pages share one machine, so what a link, a form or a file asks for is bounded.

A host sets any of them by an environment variable: CNNLAB_SAMPLES=32 stands for `SAMPLES`.
"""

import os
from collections.abc import Mapping

# Pasted text and links
PASTE_CHARACTERS = 20_000
LIST_CHARACTERS = 200  # of numbers typed as a list
LINK_NAME = 300  # characters of a name or a word
LINK_PACKED = 16_000  # characters of one packed parameter
LINK_UNPACKED = 200_000  # bytes that it may unpack to

# Pictures
PICTURE_SIDE = 1024  # of a picture that is worked on; larger ones are reduced
UPLOAD_PIXELS = 64_000_000  # below PIL's own limit of 89 million, at which it warns
UPLOAD_ASPECT = 50  # the long side over the short one
STEP_PIXELS = 2**24  # that one step of a pipeline may make
SCAN_PIXELS = 10**9  # that a JPEG may write, counted anew in each of its passes over the picture: about 5 s

# Pipelines
STEPS, STEP_DEPTH = 64, 4
STEP_SECONDS, STEP_BYTES = 10, 2**30  # that one step may take, as foreseen
TRACE_SECONDS, TRACE_BYTES = 20, 2**30  # that all steps may take together, and all stages that are kept
SAMPLES = 64  # on the contact sheet
SEED = 2**31 - 1

# Models
LAYERS, LAYER_DEPTH = 2000, 60  # in one text, and how deep they stand in one another
LAYER_REPEATS = 200  # of one layer, by an argument such as num_layers
LAZY_SIZE = 65_536  # an argument of a lazy layer, which takes its size when it runs, too late to be refused
NUMBERS = 2_000_000_000  # of 4 bytes, in parameters and buffers, that are looked at on the meta device
VALUES = 200_000_000  # of them that are given values: 0.8 GiB in float32
SIDE, BATCH, MEMORY_GIB = 4096, 4096, 1024  # of an input, and of the memory at hand
REAL_MACS = 300 * 10**9  # of one run for real
REAL_WEIGHT_BYTES = 2 << 30  # of a model that is run for real because meta cannot
REAL_RESULT_BYTES = 1 << 30  # of the results of one row
FIELD_SIDE = 4096  # of the input that a receptive field is looked for in
FIELD_NUMBERS = 1_000_000  # that tell what one tensor depends on
FIXES = 40  # changes of an input that are tried
MAPS, MAPS_SHOWN = 100_000, 2048  # of one layer: a number in a link, and maps on a sheet
MAPS_PIXELS = 4_000_000  # of all of them together; of larger ones each is reduced
GRAPH_NODES = 800  # that are drawn
COMPARE_CELLS = 250_000  # of the table that pairs two lists of rows; longer lists are paired by their places
CALL_ROWS = 3000  # of operations, and of modules that are called again
WEIGHTS_BYTES = 20 * 10**9  # of torchvision's files that are kept
SAFETENSORS_HEADER = 5_000_000  # bytes
STATE_FILE_MB, HOSTED_STATE_FILE_MB = 512, 128  # of one file of weights: on one's own machine, and for others
STATE_PICKLE = 32 << 20  # bytes in which a file of torch.save says what its tensors are
STATE_OPCODES = 1_000_000  # of the pickles in a file of torch.save, which have about 30 a tensor
REAL_SECONDS = 40  # that a run for real may take, as foreseen: what REAL_MACS take
REAL_BYTES = 2 << 30  # that its tensors may take at once, as foreseen, the weights left out

# Layers
STACK = 24  # layers in a row
LAYER_SIDE = 999_999  # of the input of a layer alone, in a link and in its field; a layer has no more features
TYPED_NUMBERS, TYPED_NUMBER = 1024, 10**6  # typed into one grid, and how large each may be
DRAWN_SIDE, DRAWN_CHANNELS = 12, 4  # of a layer whose numbers are drawn
DRAWN_WINDOW, DRAWN_NUMBERS = 64, 20_000  # on a side that must be longer because windows are, and in all
DRAWN_PAIRS = 100_000  # of an output element and one that it is made of, where no windows say which
SEARCH_KERNEL, SEARCH_STRIDE, SEARCH_DILATION = 11, 32, 3  # the largest that settings are looked for with
SEARCH_ROWS = 400  # of settings that are listed
BATCHES_BEFORE = 100  # that running statistics are kept of
MEND_TRIES = 400  # other settings of a layer that takes no such input
MAPS_NUMBERS = 25_000_000  # that a layer makes of a photo: described and drawn in about 5 s and 1.5 GiB
ARRAY_BYTES = 15 * 10**6  # of feature maps as a file, below ANSWER_BYTES
MATRIX_ENTRIES = 100_000  # of the matrix that a layer is

# Training
CLASSES = 1000  # that a link names
TRAIN_SAMPLES = 10**7  # pictures of one run
EPOCHS, WARMUP = 1000, 100_000  # WARMUP in iterations
PREVIEW_STEPS = 100_000  # of a schedule that is drawn before the start
LOADERS, THREADS = 16, 64  # processes that load beside a trainer; threads of its arithmetic
COMPARED = 11  # runs beside one
STEPS_OF_RUN = 10**9
FAKE_PICTURES, FAKE_SIDE = 100_000, 64  # of noise
DATA_BYTES = 1 << 30  # of pictures held in memory; of more of them each is read when its turn comes
FLOAT_BYTES = 64 << 20  # of pictures kept as a network takes them, which spares each batch the same arithmetic
FOLDER_PICTURES = 200_000  # in a folder of one's own
ZIP_MB, HOSTED_ZIP_MB = 512, 128  # of a zip of pictures: on one's own machine, and for others
ZIP_FILES, ZIP_DIRECTORY_BYTES = 50_000, 16 << 20  # in such a zip, and of the list of them at its end
ZIP_BYTES = 1 << 30  # that it may unpack to
ZIP_RATIO = 200  # times its packed size that a file of more than ZIP_SMALL_BYTES may have
ZIP_SMALL_BYTES = 1 << 20  # an even picture packs well
ZIP_PICTURE_BYTES = 32 << 20  # of one picture in it
UNPACKED_BYTES = 1 << 30  # of one downloaded file of a dataset
DRY_RUN_SECONDS = 40  # of a loader that is only tried: below HEAVY_SECONDS
DRY_RUN_PICTURES = 2000  # pictures it is given
DRY_RUN_BYTES = 256 << 20  # of the batches that its workers hold at once
ORDERED = 10**6  # samples whose order is drawn
REPLICAS = 1024  # processes that share an epoch on the screen
GALLERY_PICTURES, GALLERY_SAMPLES = 84, 320  # of one page; of all classes together
GALLERY_PIXELS = 150_000_000  # of files that are decoded for one page
NUMBERS_PIXELS = 1_000_000_000  # of files that are decoded for their statistics, or to find twins
HEADS = 20_000  # files whose heads are read
TWIN_GROUPS, TWINS_OF_GROUP = 24, 6  # that are shown
COLLATED, COLLATED_SECONDS, COLLATED_NUMBERS = 64, 4, 1 << 26  # pictures of a batch that is looked at, if quickly made
AVERAGED_BYTES = 256 << 20  # of pictures that are all read to normalise one of them
STATISTICS = 2000  # pictures that tell mean and standard deviation where they are not held in memory

# Folders of runs
CHECKPOINT_SECONDS = 30  # between two of a run
CHECKPOINTS, CHECKPOINT_BYTES = 20, 2 << 30  # that a run keeps to go back to, besides the last and the best
LOG_BYTES, LOG_LINE = 256 << 20, 10 << 20  # of one log that is read, and of one of its lines
LOG_NUMBERS = 20_000_000  # that one log may say
LOG_COLUMNS = 200  # of its rows
ROWS_BYTES, ROWS = 32 << 20, 8000  # the newest of a log of events or of the machine
HARDWARE_ROWS = 7200  # of one run's hardware, a row a second; of older seconds every second one goes, again and again
PROBE_STEPS, PROBE_SECONDS = 20, 5  # of a run that is only tried
DRAWN_RATES = 400  # points of the learning rate beforehand
EXPORT_BYTES = 15 * 10**6  # of weights or event files, below ANSWER_BYTES
EVENTS_LOG_BYTES = 64 << 20  # of records that are written as event files
DOWNLOADS, ADDRESS_DOWNLOADS = 16, 4  # of files of runs at the same time: of all visitors, and to one network address
DOWNLOAD_SECONDS, DOWNLOAD_SPEED = 60, 50_000  # that one may take, and bytes a second that a large one has to keep up
READERS, READERS_BYTES = 64, 512 << 20  # runs whose logs are held to be watched, and bytes of all of them together
MISTAKES, EMBEDDED = 24, 1000  # pictures that are shown of those told wrong, and laid out on a plane

# The session
SHELF_BYTES = 2 * 10**9  # of all visitors' files together, on disk
UNDO = 50  # views kept

# The workshop: one job of each lane, and all that wait
LIGHT_SECONDS, LIGHT_BYTES = 10, 1536 << 20
HEAVY_SECONDS, HEAVY_BYTES = 60, 3 << 30
WAITING_SECONDS, WAITING_BYTES = 1800, 1 << 30
ANSWER_BYTES = 16 << 20  # of one job
WAITING_OF_ONE, WAITING_OF_ALL = 160, 4000  # jobs of one visitor, of all visitors
STORE_BYTES = 96 << 20  # answers that are kept for whoever asks again
REST_SECONDS, REST_BYTES = 180, 8 << 20  # after which answers nobody asked for go, and how many bytes of them stay
# Files that visitors send; the size of one that is no file of weights is server.maxUploadSize
UPLOADS_BYTES = 256 << 20  # held for all sessions together
UPLOADS_COMING = 2  # of one session at the same time
UPLOADS_WAITING = 2  # kept of one session beside those that its uploaders show
UPLOAD_SECONDS = 120  # that one may take on its way
UPLOAD_SPEED = 10**6  # bytes a second that a larger one has to keep up


def hosted(limits: Mapping[str, int], environment: Mapping[str, str]) -> dict[str, int]:
    """The limits that the environment sets; ValueError where one is no whole number from 0 on.

    >>> hosted({"SAMPLES": 64, "STEPS": 64}, {"CNNLAB_SAMPLES": "32"})
    {'SAMPLES': 32}
    """
    chosen = {name: environment[f"CNNLAB_{name}"] for name in limits if f"CNNLAB_{name}" in environment}
    for name, text in chosen.items():
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise ValueError(f"CNNLAB_{name}={text!r} is not a whole number from 0 on: correct it or leave it out.")
    return {name: int(text) for name, text in chosen.items()}


globals().update(hosted({name: value for name, value in globals().items() if name.isupper()}, os.environ))
