/// What a user should know of how a Keras model was understood.
enum KerasRemark: CaseIterable {
  case channelsLast, openExtents, preprocessing, regularizers, otherTypes, seeds, masks, attentionDropout, recurrentDropout
  case movingAverages

  /// The remark in one sentence, for these layers.
  func text(_ layers: [String]) -> String {
    let names = Self.list(layers)
    return switch self {
    case .channelsLast:
      "images are channels x height x width here, where the model has their channels last; samples of --input come as "
        + "channels x height x width, too"
    case .openExtents:
      "the model leaves an extent of its input open: \(KerasLowering.openExtent) is taken for it"
    case .preprocessing: "left out, since samples are scaled by --scaling and nothing is augmented: \(names)"
    case .regularizers: "regularizers and constraints act in training only and are left out: \(names)"
    case .otherTypes: "computed in float32, where the model has another type: \(names)"
    case .seeds: "the seeds that the model declares are Keras's; values are drawn here from --seed: \(names)"
    case .masks: "no step is masked: ids of 0 count as any other token in \(names)"
    case .attentionDropout: "dropout of attention weights is left out: \(names)"
    case .recurrentDropout: "dropout within recurrent layers is left out: \(names)"
    case .movingAverages:
      "batch normalization uses the moments of the batch, as in training, not the moving ones of the file: \(names)"
    }
  }

  static func list(_ layers: [String]) -> String {
    layers.count <= 4
      ? layers.joined(separator: ", ") : layers.prefix(3).joined(separator: ", ") + " and \(layers.count - 3) more"
  }
}
