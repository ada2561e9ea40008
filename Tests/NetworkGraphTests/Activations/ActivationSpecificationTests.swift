import Foundation
import NetworkGraph
import Testing

@Suite struct ActivationSpecificationTests {
  @Test(arguments: [
    ("relu", "relu"), ("ReLU", "relu"), ("linear", "identity"), ("swish", "silu"), ("logistic", "sigmoid"),
    ("leaky_relu", "leaky_relu"), ("Leaky-ReLU(0.01)", "leaky_relu"), ("leaky_relu(slope=0.20)", "leaky_relu(slope=0.2)"),
    ("prelu(0.3)", "prelu(a=0.3)"), ("elu(alpha=1.0)", "elu"), ("celu(2)", "celu(alpha=2)"), ("hardswish", "hard_swish"),
  ])
  func parsesToItsCanonicalName(written: String, canonical: String) throws {
    let activation = try Activation(parsing: written)
    #expect(activation.description == canonical)
    #expect(try Activation(parsing: activation.description) == activation)
  }

  @Test(arguments: [
    ("rleu", "there is no activation `rleu`. Did you mean `relu`?"),
    ("swihs", "there is no activation `swihs`. Did you mean `swish`?"),
    ("maxout", "there is no activation `maxout`. `initscope list activations` names all of them."),
    ("leaky_relu(slop=1)", "leaky_relu has no parameter `slop`. Did you mean `slope`?"),
    ("relu(1)", "relu takes no arguments, `1` was given. Write relu alone."),
    ("elu(-1)", "elu: alpha is -1, out of range. It must be between 0 and 1000000."),
  ])
  func unknownNamesAndValuesAreErrors(text: String, message: String) {
    let error = #expect(throws: SpecificationError.self) { try Activation(parsing: text) }
    #expect(error?.description == message)
  }

  @Test func catalogueNamesAreUniqueAndDescribed() throws {
    let entries = ActivationCatalogue.entries
    #expect(entries.count == 23)
    let names = entries.flatMap { [$0.name] + $0.aliases }
    #expect(Set(names).count == names.count)
    for entry in entries {
      #expect(!entry.summary.isEmpty && !entry.formula.isEmpty && !entry.source.isEmpty)
      for name in [entry.name] + entry.aliases {
        #expect(ActivationCatalogue.entry(named: name)?.name == entry.name)
        #expect(try Activation(parsing: name).description == entry.name)
      }
    }
    #expect(ActivationCatalogue.entry(named: "maxout") == nil)
  }

  @Test func swiftNamesAreTheCatalogueInOrder() {
    let activations: [Activation] = [
      .identity, .relu, .leakyReLU(), .prelu(), .relu6, .elu(), .selu, .celu(), .gelu, .geluTanh, .quickGELU, .silu, .mish,
      .softplus,
      .softsign, .tanh, .hardTanh, .sigmoid, .hardSigmoid, .hardSwish, .erf, .sin, .reluSquared,
    ]
    #expect(activations.map(\.description) == ActivationCatalogue.entries.map(\.name))
    #expect(Set(activations).count == activations.count)
  }

  @Test func equalityGoesByTheSpecification() throws {
    #expect(try Activation(parsing: "leaky_relu(0.2)") == .leakyReLU(slope: 0.2))
    #expect(Activation.leakyReLU(slope: 0.2) != .leakyReLU(slope: 0.3))
    #expect(Activation.leakyReLU(slope: 0.25) != .prelu(a: 0.25))
  }

  @Test func codesAsItsSpecification() throws {
    let activations: [Activation] = [.relu, .leakyReLU(slope: 0.2), .celu(alpha: 1.0 / 3)]
    let data = try JSONEncoder().encode(activations)
    #expect(String(decoding: data, as: UTF8.self) == #"["relu","leaky_relu(slope=0.2)","celu(alpha=0.3333333333333333)"]"#)
    #expect(try JSONDecoder().decode([Activation].self, from: data) == activations)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode([Activation].self, from: Data(#"["rleu"]"#.utf8)) }
  }
}
