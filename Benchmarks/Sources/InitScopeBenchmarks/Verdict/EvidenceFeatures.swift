import ArgumentParser
import Foundation
import InitScope
import TensorKernels

struct EvidenceFeatures: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "verdict-features", abstract: "prototype")
  @Option var part = "development"
  @Option var first = 0
  @Option var count = 100
  @Option var replicas = 3
  @Option var batch = 128
  @Option var output = "/dev/stdout"
  func run() throws {
    let set = try FashionMNIST.load(limit: 10_000)
    let table = SampleTable(set, scaling: .standardized)
    let file = FileHandle(forWritingAtPath: output) ?? { _ = FileManager.default.createFile(atPath: output, contents: nil); return FileHandle(forWritingAtPath: output)! }()
    file.truncateFile(atOffset: 0)
    file.write(Data("part,index,replica,loss,signal,noise,common,gradient,sharpness,size,spread,rmin,rmax,rmean,rfirst,rlast,seconds\n".utf8))
    for index in first..<(first + count) {
      let evidence = EvidenceNetwork.draw(part: part, index: index)
      try WorkerThreads.run(count: 1, workers: 1, makeState: {}) { _, _ in
        let probe = try TangentProbe(network: try evidence.network(), initializer: try Initializer.list(parsing: evidence.initializer)[0], seed: 0)
        for replica in 0..<replicas {
          let r = try probe.measure(table, batch: batch, replica: replica)
          let g = r.gradientToWeight
          let values: [Double] = [r.loss, r.signal, r.noise, r.common, r.gradient, r.sharpness, r.outputSize, r.outputSpread, g.min() ?? .nan, g.max() ?? .nan, g.reduce(0, +) / Double(g.count), g.first ?? .nan, g.last ?? .nan, r.seconds]
          file.write(Data((["\(part)", "\(index)", "\(replica)"] + values.map { "\($0)" }).joined(separator: ",").appending("\n").utf8))
        }
      }
    }
  }
}
