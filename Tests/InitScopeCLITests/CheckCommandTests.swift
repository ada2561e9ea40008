import Foundation
import Testing

/// `check` as a CI job sees it: exit statuses, documents, messages.
@Suite struct CheckCommandTests {
  private static let small = ["check", "--depth", "4", "--width", "32", "--batch", "32"]

  private func check(_ arguments: String..., in directory: TemporaryDirectory? = nil) throws -> Command {
    try Command.run(Command.program, Self.small + arguments, in: directory, input: "", environment: [:])
  }

  @Test func aNetworkThatKeepsItsBounds() throws {
    let command = try check("--init", "he_normal")
    #expect(command.status == 0 && command.message.isEmpty)
    #expect(command.output.hasPrefix("mlp: keeps every bound\n"))
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
    #expect(
      command.output == """
        mlp: 8 violations
        5 comparisons at a false-alarm rate of 0.001 together, 3 replicas, seed 9

          verdict: does not train (99% sure). Plain SGD is not expected to learn at any
          learning rate: all units of layers dense_1 to dense_4 are copies of each other
          and receive equal gradients, or none: training cannot part them, and each
          layer is worth one unit.
          symmetric-units: error: All units of layers dense_1 to dense_4 are copies of
          each other and receive equal gradients, or none: training cannot part them,
          and each layer is worth one unit.
          dead-units: error: All units of layers dense_1 to dense_4 are zero for the
          whole batch: no signal passes forward, and no gradient back.

        layer    what                         measured  interval  bound
        dense_1  secondMoment of activations         0  0         0.100 to 10.0
        dense_2  secondMoment of activations         0  0         0.100 to 10.0
        dense_3  secondMoment of activations         0  0         0.100 to 10.0
        dense_4  secondMoment of activations         0  0         0.100 to 10.0
        output   secondMoment of activations         0  0         0.100 to 10.0

        """)
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
        "options: {activation: \"leaky_relu(slope=0.2)\", depth: 3, width: 16, residual: true, norm: layer}\n"))
    let scaled = try Command.run(
      "check", "--depth", "3", "--init", "he_normal", "--input", "fashion-mnist", "--scaling", "unit", "--backward",
      "cross_entropy", "--init-bounds", "-", in: directory)
    #expect(scaled.output.contains("input: fashion-mnist\nscaling: unit\nbackward: cross_entropy\nbatch: 256\n"))
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
    #expect(deeper.status == 1 && deeper.output.contains("layer dense_5 is new"))
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
    #expect(command.status == 0 && command.output.hasPrefix("network: keeps every bound"), "\(command.message)")
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
    let nothing = try check()
    #expect(nothing.status == 64 && nothing.message.contains("No initializer is named. Give --init he_normal"))
    #expect(try check("--init", "he_normal", "--init-bounds", "-", "--json").status == 64)
    #expect(try check("--init", "he_normal,zeros", "--init-bounds", "-").status == 64)
    #expect(try check("--init", "he_normal", "--seeds", "0").status == 64)
  }
}
