extension InitializerEntry {
  static let gpt2 = InitializerEntry(
    name: "gpt2", parameters: [.std(0.02)],
    summary: "Normal of one small deviation, divided by the root of the number of residual branches where a branch ends.",
    variance: "std^2; std^2 / N in the last weights of each of N branches", distribution: "normal",
    source: "Radford 2019, section 2.3 (N = 2 for each block of attention and feed-forward)",
    depthAware: DepthAwareScheme { (structure, base) throws(SpecificationError) in
      try structure.requireBranches(for: "gpt2")
      let factor = 1 / Double(structure.branches.count).squareRoot()
      var laws: [DepthAwareScheme.Place: WeightLaw] = [:]
      for branch in structure.branches {
        guard let last = structure.weightNodes(of: branch).last, let output = structure.outputWeight(of: last) else {
          continue
        }
        laws[output.place] = base(output.shape).scaled(by: factor)
      }
      return laws
    }
  ) { arguments, _ in
    .normal(mean: 0, std: arguments.number("std"))
  }
}

extension Initializer {
  /// GPT-2's weights: normal with deviation 0.02, the last weights of each residual branch scaled down.
  public static let gpt2 = Initializer(.gpt2)

  /// GPT-2's scheme with another standard deviation.
  public static func gpt2(std: Double) -> Initializer { Initializer(.gpt2, numbers: ["std": std]) }
}
