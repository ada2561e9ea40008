import DataSets
import Glibc
import Synchronization
import TensorFiles
import TensorKernels

/// What to audit, and against what.
public struct WeightAuditConfiguration: Sendable {
  /// The file, the index of its shards, or the directory that holds them.
  public var path: String
  /// The scheme that the weights must follow; nil to recognize one.
  public var scheme: WeightScheme?
  /// The model's configuration.
  public var model: ModelConfiguration?
  /// Another file to compare with, tensor by tensor.
  public var against: String?
  /// The probability that a correctly initialized file gets an error or a warning by chance.
  public var falseAlarmRate: Double
  public var threads: Int
  /// Opens a file; what knows more formats, such as ONNX, takes the place of `TensorFiles.open`.
  package var open: @Sendable (String) throws -> any TensorFile = { try TensorFiles.open(path: $0) }
  /// What the file itself declares for its tensors, from their names; nil where it declares nothing.
  package var declared: (@Sendable ([TensorEntry]) -> WeightScheme?)?

  /// Makes a configuration.
  ///
  /// - Parameters:
  ///   - path: Of the file.
  ///   - scheme: That the weights must follow.
  ///   - model: The model's configuration.
  ///   - against: Another file.
  ///   - falseAlarmRate: Of a correctly initialized file, in (0, 1).
  ///   - threads: That read and measure.
  public init(
    path: String, scheme: WeightScheme? = nil, model: ModelConfiguration? = nil, against: String? = nil,
    falseAlarmRate: Double = 1e-3,
    threads: Int = 2
  ) {
    precondition(falseAlarmRate > 0 && falseAlarmRate < 1, "a false-alarm rate lies in (0, 1), got \(falseAlarmRate)")
    (self.path, self.scheme, self.model, self.against) = (path, scheme, model, against)
    (self.falseAlarmRate, self.threads) = (falseAlarmRate, max(1, threads))
  }
}

/// Audits a file of weights that another program drew.
public enum WeightAudit {
  /// Reads the file and judges it.
  ///
  /// - Parameters:
  ///   - configuration: What to audit.
  ///   - progress: Is called with the bytes that were read, and with all of them; on any thread.
  /// - Throws: `DataError` where a file cannot be read, `ThreadsUnavailable` where the system refuses a thread.
  public static func run(
    _ configuration: WeightAuditConfiguration,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> WeightReport {
    let file = try configuration.open(configuration.path)
    let other = try configuration.against.map { try configuration.open($0) }
    return try run(file, other, configuration, progress)
  }

  static func run(
    _ file: any TensorFile, _ other: (any TensorFile)?, _ configuration: WeightAuditConfiguration,
    _ progress: @escaping @Sendable (Int, Int) -> Void
  ) throws -> WeightReport {
    guard !file.entries.isEmpty else {
      throw DataError(
        path: configuration.path, "holds no tensors", hint: "Look whether the program that wrote it was given any")
    }
    let entries = file.entries, names = entries.map { TensorName($0.name, isKeras: $0.keras != nil) }
    let scheme = configuration.scheme
    var roles = RoleReader(entries, names: names).roles
    for layout in scheme?.layouts ?? [] {
      for index in entries.indices where layout.pattern.matches(names[index].plain) {
        roles[index] = roles[index].laidOut(layout.layout, entries[index].shape, scheme?.stride)
      }
    }
    let watched = PaddingRows.rows(entries.map(\.name), names, roles, configuration.model, scheme)
    let started = clock()
    let measured = try measure(file, roles, watched, configuration.threads, progress)
    let comparison = try other.map { try WeightComparison.make(file, $0, measured, roles, configuration) }
    // What follows from a formula is no weight, whatever its name.
    for (index, statistics) in measured.enumerated() where roles[index].kind.isWeight || roles[index].kind == .other {
      if statistics.isSinusoidal {
        roles[index].kind = .sinusoids
      } else if statistics.isFewValued, !statistics.isIdentity, statistics.repetition == nil {
        roles[index].kind = .pattern
      }
    }
    // Four comparisons a tensor, and one with its siblings.
    let comparisons = max(1, 5 * entries.count { $0.type.isFloat })
    let test = LawTest(
      rate: configuration.falseAlarmRate / Double(comparisons), tolerance: scheme == nil ? 0.02 : 0.01,
      isStrict: scheme != nil)
    let declared = configuration.declared?(entries)
    let whole = FileContext(entries, names, roles, measured, configuration.model)
    // What a scheme or the file itself declares is declared for all of it; a family's scheme is its own part's.
    let isOfFamily = scheme.map { !$0.signs.isEmpty && SchemeCatalogue.isPublished($0) } ?? (declared == nil)
    var parts = isOfFamily ? FileParts.find(names, roles) : []
    if let scheme, !parts.contains(where: { showsSigns(of: scheme, $0.members.map { names[$0] }) }) { parts = [] }
    if parts.count < 2 { parts = [FilePart(name: "", kind: .whole, members: Array(entries.indices))] }
    let shared = file.sharing
    var judged: [(part: FilePart, judgement: Judgement)] = []
    for part in parts {
      let context = parts.count == 1 ? whole : whole.part(part.members, configuration.model?.of(part))
      let places: [Int: Int] = Dictionary(uniqueKeysWithValues: zip(part.members, part.members.indices))
      let sharing: [Int] = part.members.indices.map { places[shared[part.members[$0]]] ?? $0 }
      var chosen = scheme
      if let scheme, parts.count > 1, !showsSigns(of: scheme, context.names) { chosen = nil }
      let isNamed = chosen != nil
      // Meant by the model's configuration. A tower's own type does not tell whether the whole model draws it anew.
      if chosen == nil, [.whole, .text].contains(part.kind), let type = context.configuration?.modelType {
        chosen = SchemeCatalogue.schemes.first { $0.modelTypes.contains(type) }
      }
      var judgement = Judgement(
        context, sharing: sharing, candidates: candidates(context, declared), chosen: chosen, test: test)
      judgement.isNamed = isNamed
      judgement.isPart = parts.count > 1
      judgement.storesSharing = file.tellsSharing
      judgement.looksTrained = parts.count > 1 && whole.hasCountedBatches
      for rule in WeightRules.rules where parts.count == 1 || part.isJudged(by: rule) { rule.judge(&judgement) }
      judgement.recognize()
      judged.append((part, judgement))
    }
    var across = Judgement(whole, sharing: shared, candidates: [], chosen: nil, test: test)
    across.storesSharing = file.tellsSharing
    if parts.count > 1 { EqualTensors().judge(&across) }
    var report = ReportMaker(whole, judged, across.findings, file, configuration).report(comparisons: comparisons)
    report.compared = comparison
    if let comparison { report.findings = comparison.findings + report.findings }
    report.seconds = clock() - started
    report.summary = ReportMaker.summary(report)
    return report
  }

  /// The schemes whose signs are there, behind what the file itself declares.
  private static func candidates(_ context: FileContext, _ declared: WeightScheme?) -> [WeightScheme] {
    [declared].compactMap(\.self)
      + SchemeCatalogue.schemes.filter { candidate in
        if !candidate.signRoles.isEmpty, !context.roles.contains(where: { candidate.signRoles.contains($0.kind) }) {
          return false
        }
        return candidate.signs.isEmpty ? !candidate.isDemanded : showsSigns(of: candidate, context.names)
      }
  }

  private static func showsSigns(of scheme: WeightScheme, _ names: [TensorName]) -> Bool {
    scheme.signs.allSatisfy { sign in
      let pattern = TensorPattern(sign)
      return names.contains { pattern.matches($0.plain) }
    }
  }

  /// Seconds on a clock that only runs forward.
  private static func clock() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Measures all tensors, each by one thread, the largest first.
  private static func measure(
    _ file: any TensorFile, _ roles: [TensorRole], _ watched: [Int: Int], _ threads: Int,
    _ progress: @escaping @Sendable (Int, Int) -> Void
  ) throws -> [TensorStatistics] {
    let entries = file.entries, sharing = file.sharing
    let own = entries.indices.filter { sharing[$0] == $0 }.sorted {
      (entries[$0].byteCount, $1) > (entries[$1].byteCount, $0)
    }
    let total = own.reduce(0) { $0 + entries[$1].byteCount }
    let done = Mutex(0)
    let measured = try WorkerThreads.map(count: own.count, workers: threads, makeState: { SharedMemory() }) { job, state in
      let index = own[job]
      let measurer = TensorMeasurer(
        entries[index], roles[index], watchedRows: watched[index].map { [$0] } ?? [],
        sampleSize: TensorMeasurer.sampleSize(tensors: entries.count))
      let statistics = try measurer.measure(file, index, state.memory)
      let sum = done.withLock { done in
        done += entries[index].byteCount
        return done
      }
      progress(sum, total)
      return statistics
    }
    var all = [TensorStatistics](repeating: TensorStatistics(), count: entries.count)
    for (place, index) in own.enumerated() { all[index] = measured[place] }
    for index in entries.indices where sharing[index] != index { all[index] = all[sharing[index]] }
    return all
  }
}

/// A thread's memory for blocks.
final class SharedMemory {
  let memory = BlockMemory()
}

extension TensorRole {
  /// The role with another layout of its axes.
  func laidOut(_ layout: Layout, _ shape: [Int], _ stride: Int?) -> TensorRole {
    guard shape.count >= 2 else { return self }
    var role = self
    role.layout = layout
    let window = shape.dropFirst(2).reduce(1, *)
    switch layout {
    case .outputsFirst, .table: (role.inputs, role.outputs) = (shape[1], shape[0])
    case .inputsFirst, .transposed: (role.inputs, role.outputs) = (shape[0], shape[1])
    }
    (role.fanIn, role.fanOut) = (role.inputs * window, role.outputs * window)
    if layout == .transposed {
      role.kind = .transposedConvolution
      let steps = stride ?? RoleReader.stride(side: shape.last ?? 1)
      let reached = (0..<max(0, shape.count - 2)).reduce(window) { reached, _ in max(1, reached / max(1, steps)) }
      role.fanIn = role.inputs * reached
    }
    return role
  }
}
