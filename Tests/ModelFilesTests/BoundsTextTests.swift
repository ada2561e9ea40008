import Diagnosis
import ModelFiles
import NetworkGraph
import SignalPropagation
import Testing

/// What --init-bounds writes.
@Suite struct BoundsTextTests {
  private static func text(_ network: Network) throws -> String {
    let configuration = AuditConfiguration(
      network: network, initializers: [.heNormal], batch: 16, replicas: 3, histograms: false)
    let report = Diagnosis(of: configuration).examine(try Audit(configuration).run())
    var settings = BoundsFile(bounds: .automatic)
    settings.network = "a b.yaml"
    settings.input = .uniform
    settings.scaling = .unit
    settings.backward = .gaussian
    settings.data = [(.vocabulary, "10")]
    return BoundsText.file(settings, run: report.runs[0], report: report)
  }

  /// Each line of a generated file says what it is, and the file is read back.
  @Test func everyLineIsExplained() throws {
    let network = try Network(input: .features(8)) {
      Dense(8, activation: .relu).repeated(2)
      Dense(2)
    }
    let text = try Self.text(network)
    for line in text.split(separator: "\n") where line != "bounds:" {
      #expect(line.hasPrefix("#") || line.contains("  # "), "\(line)")
    }
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 140 })
    let file = try BoundsFile.read(text, path: "b.yaml")
    #expect(
      file.network == "a b.yaml" && file.input == .uniform && file.scaling == .unit && file.batch == 16 && file.seeds == 3)
    #expect(file.initializers?.map(\.description) == ["he_normal"] && file.bounds.bounds.count == 9)
    #expect(text.contains("variance measured: ") && text.contains("mean square measured: "))
  }

  /// A run that is named after several layers' initializers has no specification that a file could hold.
  @Test func aNetworkThatNamesItsInitializersNeedsNone() throws {
    let network = try Network(input: .features(8)) {
      Dense(8, activation: .relu, weights: .heNormal)
      Dense(2, weights: .zeros)
    }
    let file = try BoundsFile.read(try Self.text(network), path: "b.yaml")
    #expect(file.initializers == nil && !file.bounds.bounds.isEmpty)
  }
}
