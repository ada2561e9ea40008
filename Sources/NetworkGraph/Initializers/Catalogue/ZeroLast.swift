extension InitializerEntry {
  static let zeroLast = InitializerEntry(
    name: "zero_last", aliases: ["zero_gamma", "zero_init_residual"],
    summary: "He, with the end of each residual branch 0: the gain of a normalization that ends it, else its last weights.",
    variance: "2 / fanIn; 0 where a branch ends", distribution: "normal",
    source: "Goyal 2017, section 5.1 (gain 0); Zhang 2019 (weights 0)",
    depthAware: DepthAwareScheme { (structure, _) throws(SpecificationError) in
      try structure.requireBranches(for: "zero_last")
      var laws: [DepthAwareScheme.Place: WeightLaw] = [:]
      for branch in structure.branches {
        let nodes = structure.network.nodes
        guard let last = structure.weightNodes(of: branch).last else { continue }
        let gain = branch.nodes.reversed().lazy.filter { $0 > last }.compactMap { index in
          nodes[index].parameters.first { $0.role == .gain && $0.initializer == nil }.map { structure.place($0, of: index) }
        }.first
        if let gain {
          laws[gain] = .constant(0)
        } else if let output = structure.outputWeight(of: last) {
          laws[output.place] = .constant(0)
        }
      }
      return laws
    }
  ) { _, shape in
    .normal(variance: 2 / Double(shape.fans.fanIn))
  }
}

extension Initializer {
  /// Starts each residual branch at zero, by its last weights or the gain of its last normalization.
  public static let zeroLast = Initializer(.zeroLast)
}
