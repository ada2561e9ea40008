import Foundation
import ModelFiles
import TestSupport
import Testing

import WeightAudit

/// State dicts with one planted mistake each, and clean ones that look odd (Fixtures/weights/planted).
@Suite struct PlantedTests {
  struct Expectation: Decodable {
    var clean: Bool
    var plantedTensors: [String]
  }

  private static let folder = Repository.fixtures.appending(path: "weights/planted")

  private func report(_ name: String, scheme: WeightScheme? = nil) throws -> (report: WeightReport, expected: Expectation) {
    let folder = Self.folder.appending(path: name)
    let expected = try JSONDecoder().decode(Expectation.self, from: Data(contentsOf: folder.appending(path: "expect.json")))
    let report = try WeightAudit.run(
      WeightAuditConfiguration(path: folder.appending(path: "model.safetensors").path, scheme: scheme))
    return (report, expected)
  }

  private func blamed(_ report: WeightReport) -> Set<String> {
    Set(report.findings.filter { $0.severity != .note }.flatMap(\.tensors))
  }

  /// Found without a scheme, by rule and tensor, and nothing else is blamed.
  @Test(arguments: [
    ("p01_gpt2_residual_scale_missing", ["residual-scaling"]), ("p02_all_zero", ["all-zero"]),
    ("p03_meta_device_garbage", ["nonfinite-values", "uninitialized-memory"]),
    ("p05_linear_default_left", ["library-default"]),
    ("p06a_identical_layers", ["equal-tensors"]), ("p09_mamba_overwritten", ["state-space"]),
    ("p12_conv_transpose_fan", ["wrong-fan"]),
  ])
  func aMistakeIsFoundWithoutAScheme(name: String, rules: [String]) throws {
    let (report, expected) = try report(name)
    #expect(blamed(report) == Set(expected.plantedTensors))
    #expect(Set(report.findings.filter { $0.severity != .note }.map(\.rule)) == Set(rules))
  }

  /// What only a scheme can tell is at most a note without one.
  @Test(arguments: [
    "p07_gemma_one_plus_w", "p10_tied_embedding_reinitialised", "p13_padding_row", "c02_llama_clean_bf16",
    "c05_resnet_zero_gamma",
  ])
  func nothingIsBlamedWithoutAReason(name: String) throws {
    #expect(blamed(try report(name).report) == [])
  }

  /// With the scheme that was intended, as a file, every planted tensor is blamed.
  @Test(
    arguments: try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
      $0.hasPrefix("p") || $0.hasPrefix("c")
    }.sorted())
  func theIntendedSchemeFindsEverything(name: String) throws {
    let data = try Data(contentsOf: Self.folder.appending(path: "\(name)/expect.json"))
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let intended = try #require(object["intendedScheme"])
    let text = String(decoding: try JSONSerialization.data(withJSONObject: intended), as: UTF8.self)
    let (report, expected) = try report(name, scheme: SchemeFile.read(text, path: "scheme.json"))
    #expect(Set(expected.plantedTensors).isSubset(of: blamed(report)))
    // p09's scheme divides out_proj by sqrt(L), which its file does not: a deviation that is there and was not planted.
    let extra = blamed(report).subtracting(expected.plantedTensors).filter {
      !(name.hasPrefix("p09") && $0.contains("out_proj"))
    }
    #expect(extra.isEmpty, "\(extra)")
  }

  /// The moments that the fixture's own script computed with PyTorch.
  @Test(arguments: ["p01_gpt2_residual_scale_missing", "p09_mamba_overwritten", "c02_llama_clean_bf16"])
  func momentsAreThoseOfPyTorch(name: String) throws {
    let data = try Data(contentsOf: Self.folder.appending(path: "\(name)/expect.json"))
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let moments = try #require(
      object.values.compactMap { $0 as? [String: Any] }.first {
        $0.values.contains { ($0 as? [String: Any])?["absMax"] != nil }
      })
    let (report, _) = try report(name)
    for tensor in report.tensors {
      guard let own = moments[tensor.entry.name] as? [String: Any], let std = own["std"] as? Double,
        let mean = own["mean"] as? Double
      else { continue }
      let s = tensor.statistics
      // Both are sums of doubles in different orders; PyTorch's divides by n - 1 or n.
      #expect(abs(s.standardDeviation - std) <= 1e-9 + std / Double(s.count))
      #expect(abs(s.mean - mean) <= 1e-9 * max(1, std))
      #expect(s.zeros == own["zeros"] as? Int ?? s.zeros)
    }
  }
}
