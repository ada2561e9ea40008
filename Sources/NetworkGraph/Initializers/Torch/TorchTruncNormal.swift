import NumberText

extension InitializerEntry {
  static let torchTruncNormal = InitializerEntry(
    name: "torch.trunc_normal", aliases: ["torch.truncated_normal"], dialect: .torch,
    parameters: [.mean, .parentStd(1), .bound("a", -2, "lower bound, absolute"), .bound("b", 2, "upper bound, absolute")],
    summary: "PyTorch's truncated normal: bounds are absolute, so that std = 0.02 leaves them 100 deviations out.",
    variance: "std^2 less what the cut takes", distribution: "truncated normal", source: "torch.nn.init.trunc_normal_",
    conflict: { arguments in
      let a = arguments.number("a"), b = arguments.number("b")
      let mean = arguments.number("mean"), reach = 37 * arguments.number("std")
      if let empty = emptyInterval("torch.trunc_normal", low: ("a", a), high: ("b", b)) { return empty }
      guard a < mean + reach, b > mean - reach else {
        return SpecificationError(
          "torch.trunc_normal: [\(exactNumber(a)), \(exactNumber(b))] lies more than 37 deviations from the mean",
          hint: "Bring a and b nearer to the mean \(exactNumber(mean)), or raise std.")
      }
      return nil
    }
  ) { arguments, _ in
    .truncatedNormal(
      mean: arguments.number("mean"), std: arguments.number("std"), low: arguments.number("a"), high: arguments.number("b"))
  }
}
