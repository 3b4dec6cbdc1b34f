"""Files in formats that soundfile does not read, written by PyAV."""

import numpy as np

CODECS = {"m4a": "aac", "aac": "aac", "mkv": "aac", "mp4": "aac", "wma": "wmav2"}


def encode(av, path, y, *, rate, **tags):
    """Write y, (2, n_samples), in the format that the name ends with."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        container.metadata.update(tags)
        stream = container.add_stream(CODECS[path.suffix[1:]], rate=rate)
        stream.layout = "stereo"
        stream.bit_rate = 128_000
        for start in range(0, y.shape[1], 1024):
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(y[:, start : start + 1024]),
                format="fltp",
                layout="stereo",
            )
            frame.sample_rate, frame.pts = rate, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
