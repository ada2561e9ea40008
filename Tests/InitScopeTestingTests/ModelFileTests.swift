import Foundation
import InitScopeTesting
import Testing

/// A file in a network's place. The model is one of Fixtures/keras.
@Suite struct ModelFileTests {
  private let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/keras/mlp.keras").path

  @Test func aKerasModelIsAuditedAsItDeclares() throws {
    let audit = try AuditedNetwork(model: path, batch: 32, replicas: 4)
    #expect(audit.run.initializer == "keras")
    #expect(audit.run.parameters.first?.initializer == "keras.he_normal")
    audit.expectSecondMoment(of: .activations, in: 0.001...100)
    #expect(try AuditedNetwork(model: path, initializer: .heNormal, batch: 32, replicas: 2).run.initializer == "he_normal")
  }

  @Test func aFileWithoutDeclarationsNeedsAnInitializer() throws {
    let own = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: own) }
    try Data("input: 3\nlayers:\n  - dense: 4\n  - dense: 2\n".utf8).write(to: own)
    #expect(throws: (any Error).self) { try AuditedNetwork(model: own.path) }
    #expect(try AuditedNetwork(model: own.path, initializer: .lecunNormal, batch: 8, replicas: 2).run.layers.count == 2)
  }
}
