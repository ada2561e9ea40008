import InitScope

/// How tables show a layer whose zeros are meant: a residual branch that starts from zero, or the output layer.
enum ZeroByDesign {
  /// In place of a share of dead units.
  static let mark = "*"
  /// In place of a signal.
  static let zero = "0*"
  static let note = "* starts at zero by design"

  /// Whether the output layer is one of `zeros`, so that no gradient passes below it at step 0.
  static func ofOutput(_ run: InitializerRun, _ zeros: Set<Int>) -> Bool {
    run.layers.indices.contains(run.outputIndex) && zeros.contains(run.layers[run.outputIndex].index)
  }
}
