import Foundation
import NetworkGraph
import Testing

@Suite struct InitializerSpecificationTests {
  @Test(arguments: [
    ("he_normal", "he_normal"), ("he-normal", "he_normal"), ("kaiming_normal_", "he_normal"), ("HeNormal", "he_normal"),
    ("xavier_uniform", "glorot_uniform"), ("Xavier-Normal", "glorot_normal"), ("gaussian(0.01)", "normal(std=0.01)"),
    ("normal(std=1.0)", "normal"), ("orthogonal(1.4142)", "orthogonal(gain=1.4142)"), ("eye", "identity"),
    ("uniform(0.05)", "uniform(limit=0.05)"), ("uniform(low=-1,high=2)", "uniform(high=2)"), ("LSUV", "lsuv"),
    ("lsuv(attempts=5)", "lsuv(attempts=5)"), ("data_dependent", "krahenbuhl"),
    (
      "variance_scaling(scale=2.25,mode=fan_in,distribution=normal)", "variance_scaling(scale=2.25)"
    ),
    ("variance_scaling(mode=FAN-OUT, distribution = uniform)", "variance_scaling(mode=fan_out,distribution=uniform)"),
    ("torch.kaiming_uniform(a=2.236)", "torch.kaiming_uniform(a=2.236)"),
    ("torch.nn.init.kaiming_uniform_", "torch.kaiming_uniform"), ("keras.HeNormal", "keras.he_normal"),
    ("tf.keras.initializers.VarianceScaling(2.0)", "keras.variance_scaling(scale=2)"),
  ])
  func parsesToItsCanonicalForm(written: String, canonical: String) throws {
    let initializer = try Initializer(parsing: written)
    #expect(initializer.description == canonical)
    #expect(try Initializer(parsing: canonical) == initializer)
  }

  @Test func commasInsideParenthesesBelongToASpecification() throws {
    let scaling = "variance_scaling(scale=2.25,mode=fan_out,distribution=uniform)"
    let list = try Initializer.list(parsing: "zeros, \(scaling),he_normal(slope=0.1,mode=fan_avg) ,lsuv")
    #expect(list.map(\.description) == ["zeros", scaling, "he_normal(slope=0.1,mode=fan_avg)", "lsuv"])
  }

  @Test(arguments: [
    ("he_nromal", "there is no initializer `he_nromal`. Did you mean `he_normal`?"),
    ("fancy", "there is no initializer `fancy`. `initscope list initializers` names all of them."),
    ("torch.linear_bias", nil),
    ("normal(sdt=1)", "normal has no parameter `sdt`. Did you mean `std`?"),
    ("normal(std=-1)", "normal: std is -1, out of range. It must be between 0 and 1e+100."),
    ("normal(std=nan)", nil), ("normal(std=1e101)", nil), ("truncated_normal(std=0)", nil),
    ("variance_scaling(scale=0)", nil), ("lsuv(attempts=2.5)", nil), ("sparse(1.5)", nil), ("keras.he_normal(scale=2)", nil),
    ("uniform(low=2)", "uniform: low is 2 and high is 1. low must be below high."),
    ("uniform(limit=1,low=0)", "uniform is given `limit` together with `low` or `high`. Keep one of the two forms."),
    ("truncated_normal(low=1,high=1)", "truncated_normal: low is 1 and high is 1. low must be below high."),
    (
      "torch.trunc_normal(std=0.01,a=1,b=2)",
      """
      torch.trunc_normal: [1, 2] lies more than 37 deviations from the mean. \
      Bring a and b nearer to the mean 0, or raise std.
      """
    ),
    ("torch.kaiming_normal(nonlinearity=gelu)", nil), ("torch.kaiming_normal(mode=fan_avg)", nil),
  ])
  func badSpecificationsAreErrors(text: String, message: String?) {
    let error = #expect(throws: SpecificationError.self) { try Initializer(parsing: text) }
    if let message { #expect(error?.description == message) }
  }

  @Test func biasesHaveACatalogueOfTheirOwn() throws {
    #expect(try Initializer(parsingBias: "torch.linear_bias") == .torchLinearBias)
    #expect(try Initializer(parsingBias: "normal(std=0.05)") == .normal(std: 0.05))
    let error = #expect(throws: SpecificationError.self) { try Initializer(parsingBias: "orthogonal") }
    #expect(error?.message == "there is no bias initializer `orthogonal`: orthogonal needs a matrix")
    #expect(error?.hint?.contains("zeros, ones, constant") == true && error?.hint?.contains("torch.linear_bias") == true)
    let typo = #expect(throws: SpecificationError.self) { try Initializer(parsingBias: "torch.linear_bais") }
    #expect(typo?.description == "there is no bias initializer `torch.linear_bais`. Did you mean `torch.linear_bias`?")
    let stray = #expect(throws: SpecificationError.self) { try Initializer(parsingBias: "fancy") }
    #expect(stray?.hint?.contains("initscope list bias") == false)
    let weight = #expect(throws: SpecificationError.self) { try Initializer(parsing: "torch.linear_bias") }
    #expect(weight?.hint == "Write it as a layer's bias: `bias: torch.linear_bias`")
  }

  /// What JAX, Flax, Haiku and TensorFlow call it, and what draws the same here (their documentation's defaults).
  @Test(arguments: [
    ("jax.nn.initializers.he_normal", "keras.he_normal"), ("jax.nn.initializers.normal", "keras.random_normal(stddev=0.01)"),
    ("jax.nn.initializers.delta_orthogonal()", "delta_orthogonal"),
    ("flax.linen.initializers.lecun_normal()", "keras.lecun_normal"),
    ("flax.linen.initializers.zeros_init()", "zeros"), ("nn.initializers.xavier_uniform", "keras.glorot_uniform"),
    ("flax.nnx.initializers.variance_scaling", "keras.variance_scaling"),
    ("hk.initializers.TruncatedNormal", "keras.truncated_normal(stddev=1)"),
    ("tf.initializers.he_uniform", "keras.he_uniform"), ("tf.random_normal_initializer", "keras.random_normal"),
    ("tf.compat.v1.glorot_uniform_initializer", "keras.glorot_uniform"),
    ("tensorflow.keras.initializers.Orthogonal", "keras.orthogonal"),
  ])
  func otherLibrariesNamesPointToTheRightOne(written: String, here: String) throws {
    for ofBias in [false, true] {
      let error = #expect(throws: SpecificationError.self) {
        _ = try ofBias ? Initializer(parsingBias: written) : Initializer(parsing: written)
      }
      #expect(error?.hint == "Write \(here), which draws the same")
    }
    // What the pointer names exists.
    #expect(try !Initializer(parsing: here).description.isEmpty)
  }

  @Test func knownModulePathsAreRead() throws {
    #expect(try Initializer(parsing: "nn.init.xavier_uniform_").description == "torch.xavier_uniform")
    #expect(try Initializer(parsing: "tf.keras.initializers.HeNormal").description == "keras.he_normal")
    let typo = #expect(throws: SpecificationError.self) { try Initializer(parsing: "torch.nn.init.xavier_unifrom_") }
    #expect(typo?.hint == "Did you mean `torch.xavier_uniform`?")
  }

  @Test func equalityAndHashingGoByTheSpecification() throws {
    #expect(try Initializer(parsing: "variance_scaling(2)") == .varianceScaling(scale: 2))
    #expect(Initializer.heNormal != .heUniform)
    #expect(Initializer.heNormal == .heNormal(slope: 0))
    #expect(Set([Initializer.orthogonal, .orthogonal(gain: 1), .orthogonal(gain: 2)]).count == 2)
  }

  @Test func codesAsItsSpecification() throws {
    let initializers: [Initializer] = [.heNormal(mode: .fanOut), .normal(std: 0.01), .torchLinearBias, .lsuv]
    let data = try JSONEncoder().encode(initializers)
    #expect(
      String(decoding: data, as: UTF8.self) == #"["he_normal(mode=fan_out)","normal(std=0.01)","torch.linear_bias","lsuv"]"#)
    #expect(try JSONDecoder().decode([Initializer].self, from: data) == initializers)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([Initializer].self, from: Data(#"["he_nromal"]"#.utf8))
    }
  }
}
