extension InitializerEntry {
  static let kerasIdentity = InitializerEntry(
    name: "keras.identity", aliases: ["keras.identity_initializer"], dialect: .keras, parameters: [.gain],
    summary: "Keras's identity matrix; a kernel, which Keras refuses, gets it at its centre tap.",
    variance: "gain^2 p (1 - p), p the share of ones", distribution: "deterministic", source: "keras.initializers.Identity"
  ) { arguments, tensor in tensor.stackedMatrix { _ in .identity(gain: arguments.number("gain")) } }
}
