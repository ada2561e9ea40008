import DataSets
import Foundation
import TestSupport
import Testing

@Suite struct CIFAR10Tests {
  let directory: TemporaryDirectory
  init() throws { directory = try TemporaryDirectory() }

  /// Two images a batch; the label of image k of batch b is `2 b + k` modulo 10.
  private func batch(_ number: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    for k in 0..<2 {
      bytes.append(UInt8((2 * number + k) % 10))
      bytes += noise(3072, seed: UInt64(10 * number + k))
    }
    return bytes
  }

  private func write(under folder: String = "", test: Bool = true) throws {
    let path = directory.path + folder
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for number in 1...5 { _ = try directory.write(batch(number), as: "\(folder)/data_batch_\(number).bin") }
    if test { _ = try directory.write(batch(6), as: "\(folder)/test_batch.bin") }
  }

  private func refusal() -> DataError? {
    failure { () throws(DataError) in try DataSource.cifar10(directory: directory.path).loadSplits() }
  }

  @Test(arguments: ["", "/cifar-10-batches-bin"])
  func batchesAreReadInOrder(folder: String) throws {
    try write(under: folder)
    let splits = try #require(try DataSource(parsing: "cifar10:\(directory.path)").loadSplits())
    let test = try #require(splits.test)
    #expect(splits.name == "cifar10:\(directory.path)")
    #expect(splits.training.shape == [3, 32, 32])
    #expect(splits.training.labels == [2, 3, 4, 5, 6, 7, 8, 9, 0, 1])
    #expect(splits.training.classCount == 10)
    #expect(test.labels == [2, 3])
    expectEqual(samples(splits.training, [3], .raw), noise(3072, seed: 21).map(Float.init))
    expectEqual(samples(test, [0], .raw), noise(3072, seed: 60).map(Float.init))
    #expect(test.standardization == splits.training.standardization)
  }

  @Test func withoutATestBatchThereIsNone() throws {
    try write(test: false)
    #expect(try #require(try DataSource.cifar10(directory: directory.path).loadSplits()).test == nil)
  }

  @Test func anAuditOpensNoMoreThanItReads() throws {
    _ = try directory.write(batch(1), as: "data_batch_1.bin")
    let set = try #require(try DataSource.cifar10(directory: directory.path).load(limit: 1))
    #expect(set.count == 1)
    #expect(set.labels == [2])
    let all = failure { () throws(DataError) in try DataSource.cifar10(directory: directory.path).load(limit: nil) }
    #expect(all?.path == "\(directory.path)/data_batch_2.bin")
  }

  @Test func whatIsRefusedIsNamed() throws {
    #expect(refusal()?.message == "has no data_batch_1.bin")
    _ = try directory.write([], as: "data_batch_1")
    #expect(refusal()?.message.hasSuffix("the version for Python, which is not read") == true)
    try write()
    _ = try directory.write(Array(batch(2).dropLast()), as: "data_batch_2.bin")
    #expect(refusal()?.description.contains("byte 3073: ends after 3072 of the 3073 bytes of image 1") == true)
    _ = try directory.write([], as: "data_batch_2.bin")
    #expect(refusal()?.message.hasPrefix("ends after 0 of") == true)
    var wrong = batch(2)
    wrong[3073] = 10
    _ = try directory.write(wrong, as: "data_batch_2.bin")
    #expect(refusal()?.description.contains("byte 3073: image 1 has the label 10, beyond 9") == true)
    let missing = failure { () throws(DataError) in try DataSource.cifar10(directory: "~/cifar").loadSplits() }
    #expect(missing?.hint == "A shell leaves ~ alone inside a word: write $HOME")
  }
}
