extension InitializerEntry {
  static let kerasOrthogonal = InitializerEntry(
    name: "keras.orthogonal", aliases: ["keras.orthogonal_initializer"], dialect: .keras, parameters: [.gain],
    summary: "Keras's semi-orthogonal matrix: kernels are flattened on the last axis, the units; a recurrent cell's gates "
      + "are one matrix.",
    variance: "gain^2 / max(rows, columns)", distribution: "Haar measure on semi-orthogonal matrices",
    source: "keras.initializers.Orthogonal"
  ) { arguments, tensor in
    tensor.kerasMatrix { _ in .orthogonal(gain: arguments.number("gain"), transposed: true) }
  }
}

extension Initializer {
  /// What the recurrent weights of Keras's layers start from by default.
  static let kerasRecurrent = Initializer(.kerasOrthogonal)
}
