import Glibc

extension InitializerEntry {
  static let fixup = InitializerEntry(
    name: "fixup",
    summary: "He, with the last weight layer of each residual branch and the classifier 0, and the others of a branch "
      + "scaled down with the number of branches; the paper's scalar biases and multipliers are the network's to have.",
    variance: "2 / fanIn; in one of L branches with m weight layers times L^(-1 / (m - 1)); 0 in its last",
    distribution: "normal", source: "Zhang, Dauphin and Ma 2019, section 3",
    depthAware: DepthAwareScheme { (structure, base) throws(SpecificationError) in
      try structure.requireBranches(for: "fixup")
      let count = Double(structure.branches.count)
      var laws: [DepthAwareScheme.Place: WeightLaw] = [:]
      for branch in structure.branches {
        let layers = structure.weightNodes(of: branch)
        // L^(-1 / (2 m - 2)) on the weights of all but the last.
        let factor = layers.count > 1 ? pow(count, -1 / Double(2 * layers.count - 2)) : 1
        for index in layers.dropLast() {
          for tensor in structure.openWeights(of: index) {
            laws[structure.place(tensor, of: index)] = base(tensor.shape).scaled(by: factor)
          }
        }
        if let last = layers.last, let output = structure.outputWeight(of: last) { laws[output.place] = .constant(0) }
      }
      if let classifier = structure.classifier, let output = structure.outputWeight(of: classifier) {
        laws[output.place] = .constant(0)
      }
      return laws
    }
  ) { _, shape in
    .normal(variance: 2 / Double(shape.fans.fanIn))
  }
}

extension Initializer {
  /// Fixup (Zhang 2019): scales residual branches down with their number, so that no normalization is needed.
  public static let fixup = Initializer(.fixup)
}
