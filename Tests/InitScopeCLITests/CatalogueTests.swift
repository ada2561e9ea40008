import InitScope
import Testing

/// `initscope list` and `initscope describe`.
@Suite struct CatalogueTests {
  static let catalogues: [(name: String, entries: [String])] = [
    (
      "initializers",
      InitializerCatalogue.weights.entries.filter { $0.origin == .drawn }.map(\.name) + ["torch.linear_bias"]
    ),
    ("activations", ActivationCatalogue.entries.map(\.name)),
    ("layers", LayerCatalogue.entries.map(\.kind)),
    ("presets", Preset.all.map(\.name)),
    ("data", DataSource.catalogue.map(\.name)),
    ("schemes", SchemeCatalogue.schemes.map(\.name)),
    ("rules", RuleCatalogue.names + WeightRules.names),
  ]

  @Test(arguments: catalogues.indices) func everyEntryIsListed(index: Int) throws {
    let (name, entries) = Self.catalogues[index]
    let command = try Command.run("list", name)
    #expect(command.status == 0)
    #expect(command.message.isEmpty)
    let lines = command.output.split(separator: "\n")
    #expect(lines.first == name[...])
    // An entry stands two blanks in, its parameters in parentheses; what it says of itself, six.
    let listed = lines.filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }.map { $0.dropFirst(2).prefix { $0 != "(" } }
    #expect(listed.map(String.init) == entries)
    // A specification is not broken over lines.
    #expect(lines.allSatisfy { $0.count <= 80 || !$0.hasPrefix("   ") })
    #expect(lines.count >= 2 * entries.count + 1, "every entry says something of itself")
  }

  @Test func aliasesAreListedAndAccepted() throws {
    let initializers = InitializerCatalogue.weights.entries.flatMap(\.aliases)
    let activations = ActivationCatalogue.entries.flatMap(\.aliases)
    #expect(initializers.contains("xavier_uniform") && activations.contains("swish"))
    for (catalogue, aliases) in [("initializers", initializers), ("activations", activations)] {
      let text = try Command.run("list", catalogue).output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      for alias in aliases {
        // In a list of its own, not as a part of another name.
        #expect(text.contains(" \(alias),") || text.contains(" \(alias)."), "\(alias)")
      }
    }
    for name in ["kaiming_normal_", "torch.nn.init.kaiming_normal_", "HeNormal", "he-normal"] {
      #expect(try Initializer.list(parsing: name).count == 1, "\(name)")
    }
    #expect(try Activation(parsing: "Leaky-ReLU").description == "leaky_relu")
  }

  @Test func withoutAnArgumentTheListsAreListed() throws {
    let lines = try Command.run("list").output.split(separator: "\n").map(String.init)
    #expect(lines.count == Self.catalogues.count + 2)
    for (name, entries) in Self.catalogues {
      let line = try #require(lines.first { $0.hasPrefix("\(name) ") })
      // Initializers of biases alone are listed beside those of weights.
      let count = try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) })
      #expect(line.hasSuffix(" initscope list \(name)") && count >= entries.count)
    }
    #expect(lines.last == "initscope list all prints all of them.")
  }

  @Test func allListsAreListedOnRequest() throws {
    let all = try Command.run("list", "all").output
    let parts = try Self.catalogues.map { try Command.run("list", $0.name).output }
    #expect(all == parts.joined(separator: "\n"))
  }

  @Test func aPresetIsDescribed() throws {
    let command = try Command.run("describe", "--depth", "2", "--width", "256", "--inputs", "784", "--activation", "gelu")
    #expect(command.status == 0)
    #expect(
      command.output == """
        mlp: input 784, output 10, 269,322 parameters

        #  layer    kind   inputs   output  parameters  fan in  fan out  activation
        1  dense_1  dense  input       256     200,960     784      256  gelu
        2  dense_2  dense  dense_1     256      65,792     256      256  gelu
        3  output   dense  dense_2      10       2,570     256       10  -

        """)
  }

  static let residual = """
    name: residual
    input: 784
    layers:
      - dense: {units: 256, activation: relu, name: stem}
      - residual:
          - dense: {units: 256, activation: leaky_relu(slope=0.2)}
          - dense: {units: 256, weights: zeros, bias: none}
      - dense: {units: 10, name: a_head_with_a_name_that_takes_many_columns}
    """

  @Test func aFileIsDescribedInFullWhereThereIsNoTerminal() throws {
    let directory = try TemporaryDirectory()
    try directory.write(Self.residual, as: "net.yaml")
    let command = try Command.run("describe", "net.yaml", in: directory, environment: ["COLUMNS": ""])
    #expect(command.status == 0)
    #expect(
      command.output == """
        residual: input 784, output 10, 334,858 parameters

        #  layer                                       kind   inputs          output  parameters  fan in  fan out  activation
        1  stem                                        dense  input              256     200,960     784      256  relu
        2  dense_2                                     dense  stem               256      65,792     256      256  leaky_relu(slope=0.2)
        3  dense_3                                     dense  dense_2            256      65,536     256      256  -
        4  add_1                                       add    stem + dense_3     256           0       -        -  -
        5  a_head_with_a_name_that_takes_many_columns  dense  add_1               10       2,570     256       10  -

        """)
    let piped = try Command.run("describe", "-", input: Self.residual, environment: ["COLUMNS": ""])
    #expect(piped.output == command.output)
  }

  @Test(arguments: [80, 100]) func descriptionsFitTheTerminal(columns: Int) throws {
    let command = try Command.run("describe", "-", input: Self.residual, environment: ["COLUMNS": "\(columns)"])
    #expect(command.output.split(separator: "\n").allSatisfy { $0.count <= columns })
    #expect(command.output.contains("a_he") && command.output.contains("334,858"))
  }
}
