import NetworkGraph
import Testing

@Suite struct InitializerCatalogueTests {
  static let catalogues = [InitializerCatalogue.weights, .biases]

  @Test(arguments: [0, 1])
  func everyNameFindsItsEntry(catalogue: Int) throws {
    let catalogue = Self.catalogues[catalogue]
    let names = catalogue.entries.flatMap { [$0.name] + $0.aliases }
    #expect(Set(names).count == names.count)
    for entry in catalogue.entries {
      for name in [entry.name] + entry.aliases {
        #expect(catalogue.entry(named: name)?.name == entry.name)
        #expect(try catalogue.initializer(for: Specification(parsing: name)).description == entry.name)
      }
    }
    #expect(catalogue.entry(named: "fancy") == nil)
  }

  @Test func everyEntryIsDescribed() {
    for entry in Self.catalogues.flatMap(\.entries) {
      for text in [entry.summary, entry.variance, entry.distribution, entry.source] {
        #expect(!text.isEmpty, "\(entry.name)")
      }
      #expect(entry.summary.hasSuffix("."), "\(entry.name)")
      #expect(entry.parameters.allSatisfy { !$0.meaning.isEmpty }, "\(entry.name)")
      #expect((entry.dialect == .initscope) == !entry.name.contains("."), "\(entry.name)")
      if entry.dialect != .initscope {
        #expect(([entry.name] + entry.aliases).allSatisfy { $0.hasPrefix(entry.dialect.rawValue + ".") })
      }
    }
  }

  @Test func orderIsFixed() {
    #expect(
      InitializerCatalogue.weights.entries(of: .initscope).filter { $0.origin == .drawn }.map(\.name) == [
        "zeros", "ones", "constant", "normal", "uniform", "truncated_normal", "variance_scaling", "glorot_normal",
        "glorot_uniform", "he_normal", "he_uniform", "lecun_normal", "lecun_uniform", "orthogonal", "identity", "sparse",
        "dirac", "delta_orthogonal", "lsuv", "krahenbuhl", "fixup", "zero_last", "gpt2", "skipinit",
      ])
    #expect(InitializerCatalogue.weights.entries(of: .torch).count == 16)
    #expect(InitializerCatalogue.weights.entries(of: .keras).count == 16)
  }

  @Test func swiftNamesAreTheCatalogueInOrder() {
    let initializers: [Initializer] = [
      .zeros, .ones, .constant(0), .normal, .uniform(low: -1, high: 1), .truncatedNormal(), .varianceScaling(scale: 1),
      .glorotNormal, .glorotUniform, .heNormal, .heUniform, .lecunNormal, .lecunUniform, .orthogonal, .identity,
      .sparse(fraction: 0.9), .dirac, .deltaOrthogonal, .lsuv, .krahenbuhl, .fixup, .zeroLast,
      .gpt2, .skipInit,
    ]
    #expect(
      initializers.map(\.description)
        == InitializerCatalogue.weights.entries(of: .initscope).filter { $0.origin == .drawn }.map(\.name))
  }

  /// Every default law has its facts; only data-dependent ones have none.
  @Test(arguments: shapesOfUnequalFans)
  func everyDefaultLawHasItsMoments(shape: WeightShape) throws {
    for entry in Self.catalogues.flatMap(\.entries) where entry.origin == .drawn {
      let law = entry.law(Arguments(defaultsOf: entry.parameters), shape)
      #expect(!law.distribution.isEmpty)
      if case .dataDependent = law {
        #expect(law.mean(shape) == nil && law.variance(shape) == nil && law.bounds(shape) == nil)
      } else {
        let mean = try #require(law.mean(shape)), variance = try #require(law.variance(shape))
        #expect(try #require(law.bounds(shape)).contains(mean), "\(entry.name)")
        #expect(variance >= 0 && variance.isFinite, "\(entry.name)")
      }
    }
  }
}
