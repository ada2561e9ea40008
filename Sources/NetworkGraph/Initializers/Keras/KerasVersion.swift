extension Parameter {
  /// The version of Keras whose rules apply, where they changed.
  static let kerasVersion = Parameter(
    "version", .version(default: "3.15"),
    "version of Keras: until 3.14 an attention's kernels were taken for convolutions")
}

extension ParameterTensor {
  /// The tensor's fans in the version of Keras that the arguments name.
  func kerasFans(_ arguments: Arguments) -> Fans {
    guard let version = LibraryVersion(arguments.choice("version")) else {
      preconditionFailure("no version \(arguments.choice("version"))")
    }
    return kerasFans(since: version)
  }
}
