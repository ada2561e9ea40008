import Testing

/// The whole text of the help of fix.
@Suite struct FixHelpTests {
  @Test func fix() throws {
    try expectHelp(
      of: "fix", "--help",
      text: """
        OVERVIEW: Draw a model's weights anew and write them under the model's own
        names.

        Takes an ONNX file or a Keras model, draws its weights from --init, and leaves
        biases, gains and shifts as they are. Without --init it tries the initializers
        that theory suggests for the model and the usual ones, and takes the first that
        is expected to train.

        The file's name says what is written: .safetensors or .npz hold every trainable
        tensor by its name in the state dictionary, in the shape that PyTorch has;
        .onnx is the same model with other values. Load the first with
        model.load_state_dict(safetensors.torch.load_file(file), strict=False). For a
        Keras model it ends in .weights.h5, which model.load_weights(file) reads.
        Values that are not trained, such as moving means, stay as the model's own file
        has them.

        Exit status: 0 written, 1 nothing written, since no initializer is expected to
        train, 2 input could not be read or output not written, 64 usage.

        USAGE: initscope fix [<options>] <model> --output <file>

        ARGUMENTS:
          <model>                 An ONNX file, or a .keras file.

        OPTIONS:
          --init <spec>           The initializer to draw from, such as he_normal or
                                  lsuv; file keeps the weights as they are.
          --output <file>         Where the weights go: .safetensors, .npz or .onnx;
                                  .weights.h5 for Keras.
          --input <file>          An .npz file with one array per input of the model,
                                  for initializers that look at data (default: drawn).
          --weights <file>        Weights to use in place of the file's own, by name:
                                  safetensors, a PyTorch archive or .npz; for Keras
                                  .weights.h5.
        \(HelpText.model)
        \(HelpText.computing)
          --quiet                 Print nothing where all went well.
          --version               Show the version.
          -h, --help              Show help information.


        """)
  }
}
