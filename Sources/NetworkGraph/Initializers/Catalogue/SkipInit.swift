extension InitializerEntry {
  static let skipInit = InitializerEntry(
    name: "skipinit",
    summary: "He, with the learnable gain of each residual branch 0; the sums must have such a gain.",
    variance: "2 / fanIn; the gains of branches are 0", distribution: "normal", source: "De and Smith 2020, section 3",
    depthAware: DepthAwareScheme { (structure, _) throws(SpecificationError) in
      try structure.requireBranches(for: "skipinit")
      var laws: [DepthAwareScheme.Place: WeightLaw] = [:]
      for branch in structure.branches {
        let node = structure.network.nodes[branch.sum]
        guard let tensor = node.parameters.first(where: { $0.role == .gain }) else {
          throw SpecificationError(
            "skipinit fills the gains of residual branches, and the sum '\(node.name)' has none",
            hint: "Give presets --branch-gain, a network file add: {gain: true} or residual: {gain: true, layers: [...]}")
        }
        guard branch.skip == 0 else {
          throw SpecificationError(
            "skipinit needs the skip first among the inputs of '\(node.name)': its gain multiplies all others",
            hint: "Write inputs: [\(node.inputs[branch.skip]), ...]")
        }
        laws[structure.place(tensor, of: branch.sum)] = .constant(0)
      }
      return laws
    }
  ) { _, shape in
    .normal(variance: 2 / Double(shape.fans.fanIn))
  }
}

extension Initializer {
  /// SkipInit: each residual branch is multiplied by a gain that starts at 0.
  public static let skipInit = Initializer(.skipInit)
}
