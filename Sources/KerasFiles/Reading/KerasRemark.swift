/// What a user should know of how a Keras model was understood.
enum KerasRemark: CaseIterable {
  case channelsLast, openExtents, preprocessing, regularizers, otherTypes, seeds, masks, attentionDropout, recurrentDropout
  case movingAverages, dropout, maskedSteps, drawnUnscaled, firstOutput

  /// The remark in one sentence, for these layers.
  func text(_ layers: [String]) -> String {
    let names = Self.list(layers)
    return switch self {
    case .channelsLast:
      "images are channels x height x width here, where the model has their channels last; samples of --input come as "
        + "channels x height x width, too"
    case .openExtents:
      "the model leaves an extent of its input open: \(KerasLowering.openExtent) is taken for it"
    case .preprocessing: "left out, since samples are scaled by --scaling: \(names)"
    case .regularizers: "regularizers and constraints act in training only and are left out: \(names)"
    case .otherTypes: "computed in float32, where the model has another type: \(names)"
    case .seeds: "the seeds that the model declares are Keras's; values are drawn here from --seed: \(names)"
    case .masks: "no step is masked: ids of 0 count as any other token in \(names)"
    case .attentionDropout: "dropout of attention weights is left out: \(names)"
    case .recurrentDropout: "dropout within recurrent layers is left out: \(names)"
    case .movingAverages:
      "batch normalization uses the moments of the batch, as in training, not the moving ones of the file: \(names)"
    case .dropout: "dropout, noise and random changes of samples act in training only and are left out: \(names)"
    case .maskedSteps: "no step is masked: \(names)"
    case .drawnUnscaled: "left out, since drawn inputs are N(0, 1) already; arrays of --input are scaled: \(names)"
    case .firstOutput:
      "the model has several outputs (\(names)): the backward pass starts at the first, and layers that only the others "
        + "need have no gradient"
    }
  }

  static func list(_ layers: [String]) -> String {
    layers.count <= 4
      ? layers.joined(separator: ", ") : layers.prefix(3).joined(separator: ", ") + " and \(layers.count - 3) more"
  }
}
