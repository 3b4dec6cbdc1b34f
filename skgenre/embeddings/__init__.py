"""Pretrained networks: which there are, and how they come to this machine.

Those that are installed by name are in `list_models`: ``install_model("musicnn-msd")``,
or ``skgenre embeddings install musicnn-msd``, then ``PretrainedFeaturizer("musicnn-msd")``
or `skgenre.recipes.pretrained`. No network is part of this package.

Other networks, whose files you fetch yourself, go into `skgenre.features.OnnxFeaturizer`
or `TFLiteFeaturizer`, if the file takes waveforms. Neither kind of file says its rate
unless whoever wrote it said so: give `model_rate`, and `model_seconds` where the length
is free. As their authors publish them:

========== ========= ============ ======= ============================ ===============
network    rate      hears        numbers weights                      licence
========== ========= ============ ======= ============================ ===============
YAMNet     16,000 Hz 0.96 s [1]_  1,024   TensorFlow Hub, as TFLite    Apache 2.0
VGGish     16,000 Hz 0.96 s [1]_  128     TensorFlow Hub               Apache 2.0
PANNs      32,000 Hz 10 s, or     2,048   Zenodo 3987831, for torch    CC BY 4.0 (code
CNN14                shorter [2]_                                      MIT)
LAION CLAP 48,000 Hz 10 s [3]_    512     Hugging Face                 Apache 2.0
========== ========= ============ ======= ============================ ===============

.. [1] ``params.py`` and ``vggish_params.py`` of tensorflow/models, ``research/audioset``.
   Their SavedModels take one waveform of any length at a time and cut it themselves, in
   steps of 0.48 and 0.96 s: take windows of about a second, or ``pooling="mean"``.
.. [2] ``pytorch/inference.py`` of qiuqiangkong/audioset_tagging_cnn, which has the
   spectrogram inside. Export it with ``torch.onnx.export``; its "embedding" is the layer.
.. [3] ``preprocessor_config.json`` of laion/clap-htsat-unfused. Files in ONNX on Hugging
   Face take spectrograms (``input_features``), not waveforms: put their feature
   extractor and the session into a function, for `skgenre.FunctionFeaturizer`.

A file says of itself what its metadata hold (``onnx.helper.set_model_props``):
"sample_rate", "seconds", "name", "license", "citation", "trained_on", and "labels" as
JSON. What it has been trained on matters: if your test songs are among it, your figures
flatter.
"""

import lazy_loader

# The public names and their homes stand in __init__.pyi, and nowhere else.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
