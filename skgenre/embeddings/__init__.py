"""Pretrained networks: which there are, and how they come to this machine.

`list_models` has those that are installed by name: ``install_model("musicnn-msd")``,
or ``skgenre embeddings install musicnn-msd``; then `PretrainedFeaturizer`, or the whole
`skgenre.recipes.pretrained`, listens with it. No network is part of this package.

Other networks, whose files you fetch yourself, go into `OnnxFeaturizer` or
`TFLiteFeaturizer` of `skgenre.features`, if they take waveforms. Few files say their
rate: give `model_rate`, and `model_seconds` where the length is free. As their authors
have it:

========== ========= ============ ======= ============================ ===============
network    rate      hears        numbers weights                      licence
========== ========= ============ ======= ============================ ===============
YAMNet     16,000 Hz 0.96 s [1]_  1,024   TensorFlow Hub, also TFLite  Apache 2.0
VGGish     16,000 Hz 0.96 s [1]_  128     TensorFlow Hub               Apache 2.0
PANNs      32,000 Hz 10 s, or     2,048   Zenodo 3987831, for torch    CC BY 4.0
CNN14                another [2]_
LAION CLAP 48,000 Hz 10 s [3]_    512     Hugging Face                 Apache 2.0
========== ========= ============ ======= ============================ ===============

.. [1] ``params.py`` and ``vggish_export_tfhub.py`` of tensorflow/models. They take one
   waveform of any length and cut it themselves, YAMNet every 0.48 s and VGGish every
   0.96 s, which gives several rows for a window: ``pooling="mean"``.
.. [2] ``pytorch/inference.py`` of qiuqiangkong/audioset_tagging_cnn; the spectrogram is
   inside. ``torch.onnx.export`` writes it as ONNX; the layer is "embedding".
.. [3] ``preprocessor_config.json`` of laion/clap-htsat-unfused. What there is of it in
   ONNX takes spectrograms, not waveforms: put their feature extractor and the session
   into a function, for `skgenre.FunctionFeaturizer`.

A file says of itself what its metadata hold (``onnx.helper.set_model_props``):
"sample_rate", "seconds", "name", "license", "citation", "trained_on", and "labels" as
JSON. If your test songs are among what it was trained on, your figures flatter.
"""

import lazy_loader

# The public names and their homes stand in __init__.pyi, and nowhere else.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
