import Foundation
import Testing

/// `check` as a CI job sees it: exit statuses, documents, messages.
@Suite struct CheckCommandTests {
  private static let small = ["check", "--depth", "4", "--width", "32", "--batch", "32"]

  private func check(_ arguments: String..., in directory: TemporaryDirectory? = nil) throws -> Command {
    try Command.run(Command.program, Self.small + arguments, in: directory, input: "", environment: [:])
  }

  /// Without the verdict rules judge alone; the legend explains what is printed, and nothing else.
  @Test func verdictAndLegendOnRequest() throws {
    let plain = try check("--init", "he_normal"), silent = try check("--init", "he_normal", "--no-verdict")
    #expect(plain.output.contains("\nverdict: healthy, trains (") && silent.status == 0)
    #expect(silent.output == plain.output.replacing(/verdict: .*\n/, with: ""))
    let failing = try check("--init", "zeros", "--no-verdict")
    #expect(failing.status == 1 && failing.output.contains("[symmetric-units]") && !failing.output.contains("verdict"))
    let explained = try check("--init", "he_normal", "--legend")
    let legend = [
      "Each measured number comes with an interval, ", "Mean squares and variances are of ",
      "[name]: the rule that found it; ",
      "verdict: a prediction whether plain SGD learns; ",
    ]
    for beginning in legend {
      #expect(explained.output.contains("\n" + beginning) && !plain.output.contains(beginning), "\(beginning)")
    }
    #expect(explained.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    #expect(explained.output.hasSuffix(plain.output.split(separator: "\n").suffix(2).joined(separator: "\n") + "\n"))
  }

  @Test func aNetworkThatKeepsItsBounds() throws {
    let command = try check("--init", "he_normal")
    #expect(command.status == 0 && command.message.isEmpty)
    #expect(command.output.hasPrefix("mlp with he_normal: 5 replicas, seed 0. Compared "))
    #expect(try command.output.contains(Regex("\nmlp passes: all \\d+ quantities are within bounds\\.\n$")))
  }

  @Test func aNetworkThatDoesNot() throws {
    let directory = try TemporaryDirectory()
    try directory.write(
      """
      version: 1
      init: zeros
      seeds: 3
      bounds:
        - {of: activations, secondMoment: [0.1, 10]}
      """, as: "bounds.yaml")
    let command = try check(
      "--bounds", "bounds.yaml", "--junit", "j.xml", "--sarif", "s.json", "--markdown", "m.md", "--seed", "9", in: directory)
    #expect(command.status == 1 && command.message == "wrote j.xml, s.json, m.md\n")
    // The last remedy is the verdict's recommendation, in its own words.
    let expected = """
      mlp with zeros: 3 replicas, seed 9. Compared 5 quantities with the bounds of
      bounds.yaml. Where nothing is wrong, at most 1 check in 1,000 fails by chance.

      What fails
        verdict: does not train (99% sure). Plain SGD is not expected to learn at
          any learning rate.
        mean square of activations: dense_1 to output (5 layers); worst: layer
          dense_1: mean square of activations is 0, bound 0.1 to 10
        error: All units of layers dense_1 to dense_4 are copies of each other, and
          their gradients are equal or zero: training cannot make them different, and
          each layer can do no more than a single unit. [symmetric-units]
        error: All units of layers dense_1 to dense_4 are zero for the whole batch:
          no signal passes forward, and no gradient back. [dead-units]

      What to do
        Change the initialization, or the bounds in bounds.yaml if the present state
        is meant.
        `initscope explain symmetric-units` says how the rule judges and what helps.

      """
    #expect(command.output.hasPrefix(expected), "\(command.output)")
    #expect(command.output.hasSuffix("\nmlp fails: 8 violations.\n"), "\(command.output)")
    #expect(try directory.files() == ["bounds.yaml", "j.xml", "s.json", "m.md"])
    #expect(try directory.text(of: "s.json").contains("\"startLine\": 5"))
    // Options come before the file.
    let option = try check("--bounds", "bounds.yaml", "--init", "he_normal", "--quiet", in: directory)
    #expect(option.status == 0 && option.output.isEmpty)
    let json = try check("--bounds", "bounds.yaml", "--json", in: directory)
    #expect(json.status == 1)
    #expect(try json.json()["passes"] as? Bool == false)
  }

  @Test func boundsOfThePresentStateHoldForAnotherSeed() throws {
    let directory = try TemporaryDirectory()
    #expect(try check("--init", "he_normal", "--init-bounds", "b.yaml", in: directory).status == 0)
    let command = try check("--bounds", "b.yaml", "--seed", "2", in: directory)
    #expect(command.status == 0, "\(command.output)\(command.message)")
    #expect(try check("--bounds", "b.yaml", "--init", "glorot_normal", in: directory).status == 1)
    let text = try check("--init", "he_normal", "--init-bounds", "-", in: directory)
    #expect(text.output == (try directory.text(of: "b.yaml")))
  }

  /// What was written beside a preset's options is checked with them; those of the command line come first.
  @Test func boundsKeepThePresetsOptions() throws {
    let directory = try TemporaryDirectory()
    let options = [
      "--depth", "3", "--width", "16", "--activation", "leaky_relu(slope=0.2)", "--norm", "layer", "--residual",
    ]
    let written = try Command.run(
      Command.program, ["check", "mlp", "--init", "he_normal", "--batch", "32", "--init-bounds", "b.yaml"] + options,
      in: directory,
      input: "", environment: [:])
    #expect(written.status == 0, "\(written.message)")
    let text = try directory.text(of: "b.yaml")
    #expect(
      text.contains(
        "options: {activation: \"leaky_relu(slope=0.2)\", depth: 3, width: 16, residual: true, norm: layer}  # of the preset"
      ))
    let scaled = try Command.run(
      "check", "--depth", "3", "--init", "he_normal", "--input", "fashion-mnist", "--scaling", "unit", "--backward",
      "cross_entropy", "--init-bounds", "-", in: directory)
    // What each line says stands behind it.
    let settings = scaled.output.replacing(#/  # .*/#, with: "")
    #expect(settings.contains("input: fashion-mnist\nscaling: unit\nbackward: cross_entropy\nbatch: 256\n"))
    let kept = try Command.run("check", "--bounds", "b.yaml", "--seed", "4", in: directory)
    #expect(kept.status == 0, "\(kept.output)\(kept.message)")
    let named = try Command.run("check", "mlp", "--bounds", "b.yaml", "--seed", "4", in: directory)
    #expect(named.status == 0, "\(named.output)\(named.message)")
    let shallow = try Command.run("check", "--bounds", "b.yaml", "--depth", "2", in: directory)
    #expect(shallow.status == 2 && shallow.message.contains("b.yaml:"), "\(shallow.message)")
    try directory.write("version: 1\nnetwork: net.yaml\ninit: he_normal\nbounds: []\n", as: "e.yaml")
    let foreign = try Command.run("check", "--bounds", "e.yaml", "--depth", "3", in: directory)
    #expect(foreign.status == 64 && foreign.message.contains("--depth applies to presets only"), "\(foreign.message)")
    try directory.write("version: 1\nnetwork: mlp\noptions: {depth: 0}\ninit: he_normal\nbounds: []\n", as: "c.yaml")
    let wrong = try Command.run("check", "--bounds", "c.yaml", in: directory)
    #expect(wrong.status == 2 && wrong.message.contains("c.yaml: options: "), "\(wrong.message)")
    try directory.write("version: 1\nnetwork: mlp\noptions: {dept: 3}\ninit: he_normal\nbounds: []\n", as: "d.yaml")
    let unknown = try Command.run("check", "--bounds", "d.yaml", in: directory)
    #expect(
      unknown.status == 2 && unknown.message.contains("d.yaml:3:11: unknown key 'dept'. Did you mean 'depth'?"),
      "\(unknown.message)")
  }

  @Test func aBaselineIsHeldAgainst() throws {
    let directory = try TemporaryDirectory()
    let audit = try Command.run(
      "audit", "--depth", "4", "--width", "32", "--batch", "32", "--init", "he_normal", "--no-png", "--quiet", "--output",
      ".",
      in: directory)
    #expect(audit.status == 0)
    #expect(try check("--init", "he_normal", "--baseline", "audit.json", "--seed", "3", in: directory).status == 0)
    let deeper = try Command.run(
      "check", "--depth", "5", "--width", "32", "--batch", "32", "--init", "he_normal", "--baseline", "audit.json",
      in: directory)
    #expect(deeper.status == 1 && deeper.output.contains("layer dense_5 (dense, 32 units) is new"))
    let other = try check("--init", "zeros", "--baseline", "audit.json", in: directory)
    #expect(other.status == 2)
    #expect(
      other.message == "Error: audit.json: the baseline has no run of zeros. It has he_normal: choose one with --init, or "
        + "save a new baseline\n")
  }

  @Test func theNetworkStandsBesideTheBounds() throws {
    let directory = try TemporaryDirectory()
    try FileManager.default.createDirectory(atPath: directory.path + "/ci", withIntermediateDirectories: true)
    try directory.write("input: 8\nlayers: [dense: 8, dense: 2]", as: "ci/net.yaml")
    try directory.write(
      "version: 1\nnetwork: net.yaml\ninit: he_normal\nbatch: 8\nbounds:\n  - {of: weights, variance: auto}", as: "ci/b.yaml"
    )
    let command = try Command.run("check", "--bounds", "ci/b.yaml", in: directory)
    #expect(command.status == 0 && command.output.hasSuffix(" are within bounds.\n"), "\(command.message)")
  }

  @Test func whatCannotBeReadEndsWithStatus2() throws {
    let directory = try TemporaryDirectory()
    try directory.write("version: 1\nbounds:\n  - {layers: dense_9, of: weights, variance: auto}", as: "layers.yaml")
    try directory.write("{}", as: "empty.json")
    let missing = try check("--init", "he_normal", "--bounds", "none.yaml", in: directory)
    #expect(missing.status == 2)
    #expect(missing.message == "Error: none.yaml: cannot be opened: No such file or directory. Check the path\n")
    let layers = try check("--init", "he_normal", "--bounds", "layers.yaml", in: directory)
    #expect(layers.status == 2)
    #expect(layers.message.hasPrefix("Error: layers.yaml:3: no layer of mlp is called 'dense_9'. Did you mean 'dense_1'?"))
    #expect(try check("--init", "he_normal", "--baseline", "empty.json", in: directory).status == 2)
    #expect(try check("--init", "he_normal", "--junit", "no/such/dir.xml", in: directory).status == 2)
  }

  @Test func usage() throws {
    #expect(try check("--init", "he_normal", "--init-bounds", "-", "--json").status == 64)
    #expect(try check("--init", "he_normal,zeros", "--init-bounds", "-").status == 64)
    #expect(try check("--init", "he_normal", "--seeds", "0").status == 64)
  }

  /// Nobody names an initializer: the layers' own, a baseline's or the usual one is checked, and said.
  @Test func withoutAnInitializer() throws {
    let usual = try check()
    #expect(usual.status == 0, "\(usual.output)")
    #expect(
      usual.message
        == "no initializer is named: checking he_normal, which is usual with relu. Name yours with --init, or as "
        + "weights: in the network file\n")
    #expect(
      try check("--activation", "tanh").message.hasPrefix("no initializer is named: checking lecun_normal, which is usual "))
    // What theory and a verdict recommend for GELU, a check takes as well.
    #expect(
      try check("--activation", "gelu").message.hasPrefix(
        "no initializer is named: checking variance_scaling(scale=1.98306), which theory recommends for gelu (see "
          + "`initscope theory --activation gelu`). "))
    #expect(try check("--quiet").message.isEmpty)
    let directory = try TemporaryDirectory()
    try directory.write(
      """
      input: 32
      layers:
        - dense: {units: 32, activation: relu, weights: orthogonal(gain=1.4142), repeat: 3}
        - dense: {units: 4, weights: zeros}
      """, as: "named.yaml")
    let named = try Command.run("check", "named.yaml", "--batch", "32", in: directory)
    #expect(named.status == 0 && !named.message.contains("no initializer is named"), "\(named.message)\(named.output)")
    #expect(named.output.hasPrefix("network with orthogonal(gain=1.4142) and zeros: "), "\(named.output)")
    // Bounds of it name no initializer, and need none.
    let bounds = try Command.run("check", "named.yaml", "--batch", "32", "--init-bounds", "b.yaml", in: directory)
    #expect(bounds.status == 0, "\(bounds.message)")
    #expect(bounds.message.contains("wrote b.yaml. Nothing was checked: initscope check --bounds b.yaml does\n"))
    let kept = try Command.run("check", "named.yaml", "--bounds", "b.yaml", "--seed", "3", in: directory)
    #expect(kept.status == 0, "\(kept.message)\(kept.output)")
    // A baseline of several runs does not say which is meant.
    let audit = try Command.run(
      "audit", "--depth", "3", "--width", "16", "--init", "he_normal,zeros", "--no-png", "--quiet", "--output", ".",
      in: directory)
    #expect(audit.status == 0)
    let several = try Command.run("check", "--depth", "3", "--width", "16", "--baseline", "audit.json", in: directory)
    #expect(several.status == 64)
    #expect(several.message.contains("The baseline has several runs. Choose one with --init: he_normal, zeros."))
  }

  /// What has a prediction is compared, and nothing is said to be compared and not judged at once.
  @Test func networksWithSumsAreCompared() throws {
    let directory = try TemporaryDirectory()
    try directory.write(
      """
      input: 64
      layers:
        - dense: {units: 64, activation: gelu, repeat: 3}
        - residual:
            - dense: {units: 64, activation: gelu}
            - dense: {units: 64, weights: zeros}
        - dense: {units: 10, name: head, weights: zeros}
      """, as: "sums.yaml")
    let check = try Command.run("check", "sums.yaml", "--init", "he_normal", "--no-verdict", in: directory)
    let words = check.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains(/Compared \d+ quantities: \d+ with what theory predicts,/), "\(words)")
    #expect(!words.contains("error bars") && !words.contains("every layer: "), "\(words)")
    // Zeros are predicted and measured: there is nothing to say of them.
    #expect(!words.contains("not checked: theory"), "\(words)")
  }

  private static func file(_ third: String) -> String {
    """
    name: net
    input: 64
    layers:
      - dense: {units: 64, activation: relu, name: a}
      - dense: {units: 64, activation: relu, name: b}
      - dense:
          units: 64
          activation: relu
          name: c
          weights: "\(third)"
      - dense: {units: 64, activation: relu, name: d, repeat: 1}
      - dense: {units: 10, name: head}
    """
  }

  /// One layer of a file changes: terminal, JUnit, SARIF, Markdown and JSON name it first, at its line.
  @Test func aChangedLayerIsNamedFirst() throws {
    let directory = try TemporaryDirectory()
    try directory.write(Self.file("he_normal"), as: "net.yaml")
    let audit = try Command.run(
      "audit", "net.yaml", "--init", "he_normal", "--no-png", "--quiet", "--output", "base", in: directory)
    #expect(audit.status == 0, "\(audit.message)")
    let same = try Command.run("check", "net.yaml", "--baseline", "base/audit.json", "--seed", "5", in: directory)
    #expect(same.status == 0, "\(same.output)")
    try directory.write(Self.file("lecun_normal"), as: "net.yaml")
    let check = try Command.run(
      "check", "net.yaml", "--baseline", "base/audit.json", "--seed", "5", "--junit", "j.xml", "--sarif", "s.json",
      "--markdown", "m.md", in: directory)
    #expect(check.status == 1)
    let lines = check.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let place = try #require(lines.firstIndex(of: "What changed"))
    #expect(
      lines[place + 1].hasPrefix("  c's weights now start from lecun_normal (was he_normal): variance 0.01"),
      "\(check.output)")
    #expect(lines.contains("What follows from the weights of c"))
    // One screen, and the answer last.
    #expect(lines.count <= 40 && lines.allSatisfy { $0.count <= 80 }, "\(check.output)")
    #expect(check.output.contains(/\nnet fails: 1 change, \d+ differences that follow\.\n$/), "\(check.output)")

    let junit = try directory.text(of: "j.xml")
    let first = try #require(junit.firstRange(of: "<testcase"))
    #expect(
      junit[first.lowerBound...].hasPrefix("<testcase classname=\"net.he_normal\" name=\"layer c\">"), "\(junit.prefix(600))"
    )
    let markdown = try directory.text(of: "m.md")
    #expect(markdown.contains("**What changed**\n\n- c's weights now start from lecun\\_normal"))

    let sarif = try #require(try JSONSerialization.jsonObject(with: directory.data(of: "s.json")) as? [String: Any])
    let run = try #require((sarif["runs"] as? [[String: Any]])?.first)
    let results = try #require(run["results"] as? [[String: Any]])
    let expected = ["a": 4, "b": 5, "c": 6, "d": 11, "head": 12]
    for (index, result) in results.enumerated() {
      let location = try #require((result["locations"] as? [[String: Any]])?.first)
      let name = try #require((location["logicalLocations"] as? [[String: Any]])?.first?["name"] as? String)
      let physical = try #require(location["physicalLocation"] as? [String: Any])
      #expect((physical["artifactLocation"] as? [String: Any])?["uri"] as? String == "net.yaml")
      #expect((physical["region"] as? [String: Any])?["startLine"] as? Int == expected[name] ?? 1, "\(name)")
      #expect(result["level"] as? String == (index == 0 ? "error" : "note"))
      if index == 0 { #expect(name == "c") }
    }
    let json = try Command.run(
      "check", "net.yaml", "--baseline", "base/audit.json", "--seed", "5", "--json", in: directory)
    let violations = try #require((json.json()["runs"] as? [[String: Any]])?.first?["violations"] as? [[String: Any]])
    #expect(violations.first?["role"] as? String == "cause" && violations.first?["networkLine"] as? Int == 6)
    #expect(violations.dropFirst().allSatisfy { $0["follows"] as? String == "the weights of c" })
  }

  /// Bounds in another directory find the network that they were made of.
  @Test func boundsSayWhereTheNetworkIs() throws {
    let directory = try TemporaryDirectory()
    for folder in ["ci", "nets"] {
      try FileManager.default.createDirectory(atPath: "\(directory.path)/\(folder)", withIntermediateDirectories: true)
    }
    try directory.write(Self.file("he_normal"), as: "nets/net.yaml")
    let written = try Command.run(
      "check", "nets/net.yaml", "--init", "he_normal", "--init-bounds", "ci/b.yaml", in: directory)
    #expect(written.status == 0, "\(written.message)")
    #expect(try directory.text(of: "ci/b.yaml").contains("network: \"../nets/net.yaml\""))
    let kept = try Command.run("check", "--bounds", "ci/b.yaml", "--seed", "2", in: directory)
    #expect(kept.status == 0, "\(kept.message)\(kept.output)")
  }
}
