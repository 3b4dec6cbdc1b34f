"""MusiCNN as its authors left it: the graph file of the wheel, run by TensorFlow."""

_OUTPUTS = {
    "logits": "model/dense_1/BiasAdd",
    "penultimate": "model/batch_normalization_10/batchnorm/add_1",
    # The pools of each channel stand beside each other: the highest, then the mean.
    "pools_in_turns": "model/Flatten/flatten/Reshape",
}


def run_original(folder, images):
    """Outputs, by name, of the original graph for log-mel spectra (n, 187, 96)."""
    import tensorflow as tf

    v1 = tf.compat.v1
    meta = v1.MetaGraphDef()
    meta.ParseFromString((folder / ".meta").read_bytes())
    saver = meta.saver_def
    # Training stands in the file, too, and newer versions refuse its gradients.
    wanted = [*_OUTPUTS.values(), saver.restore_op_name]
    needed = v1.graph_util.extract_sub_graph(meta.graph_def, wanted)
    with v1.Graph().as_default(), v1.Session() as session:
        v1.import_graph_def(needed, name="")
        files = {saver.filename_tensor_name: f"{folder}/"}
        session.run(saver.restore_op_name, files)
        given = {"model/Placeholder:0": images, "model/Placeholder_2:0": False}
        names = {key: f"{name}:0" for key, name in _OUTPUTS.items()}
        return session.run(names, given)
