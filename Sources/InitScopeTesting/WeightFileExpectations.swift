import InitScope
import NumberText

/// A file of weights, on which any number of expectations can be checked.
public struct AuditedWeights: Sendable {
  /// What was measured and found.
  public let report: WeightReport
  /// The probability that a correctly initialized file fails an expectation by chance.
  public let falseAlarmRate: Double

  /// Reads a file of weights and measures every tensor.
  ///
  /// - Parameters:
  ///   - path: Of a safetensors file, the index of its shards, a PyTorch archive or an .npz.
  ///   - scheme: The scheme that the weights must follow; nil to recognize one.
  ///   - falseAlarmRate: Of each expectation, in (0, 1).
  /// - Throws: `DataError` where the file cannot be read.
  public init(path: String, scheme: WeightScheme? = nil, falseAlarmRate: Double = 1e-3) throws {
    report = try WeightAudit.run(
      WeightAuditConfiguration(path: path, scheme: scheme, falseAlarmRate: falseAlarmRate).readingModels)
    self.falseAlarmRate = falseAlarmRate
  }

  /// Expects no finding that is an error or a warning.
  ///
  /// - Parameters:
  ///   - exceptions: Rules whose findings are allowed.
  ///   - fileID: Of the place in the source that a failure names.
  ///   - filePath: Of that place.
  ///   - line: Of that place.
  ///   - column: Of that place.
  /// - Returns: Whether the expectation holds.
  @discardableResult
  public func expectHealthy(
    except exceptions: Set<String> = [], fileID: StaticString = #fileID, filePath: StaticString = #filePath,
    line: UInt = #line,
    column: UInt = #column
  ) -> Bool {
    let bounds = WeightBounds(falseAlarmRate: falseAlarmRate, rules: exceptions.sorted().map { (TensorPattern($0), nil) })
    return judge(bounds, "healthy weights", SourcePlace(fileID: fileID, filePath: filePath, line: line, column: column))
  }

  /// Expects the standard deviation of every tensor that matches to lie in a range, as far as chance allows to say.
  ///
  /// - Parameters:
  ///   - pattern: Of names; `*` stands for any characters.
  ///   - range: Of the deviation.
  ///   - fileID: Of the place in the source that a failure names.
  ///   - filePath: Of that place.
  ///   - line: Of that place.
  ///   - column: Of that place.
  /// - Returns: Whether the expectation holds.
  @discardableResult
  public func expectStandardDeviation(
    of pattern: String, in range: ClosedRange<Double>, fileID: StaticString = #fileID, filePath: StaticString = #filePath,
    line: UInt = #line,
    column: UInt = #column
  ) -> Bool {
    let bound = WeightBound(TensorPattern(pattern), [(.standardDeviation, range)])
    return judge(
      only(bound), "standard deviation of \(pattern)",
      SourcePlace(fileID: fileID, filePath: filePath, line: line, column: column))
  }

  /// Expects the values of every tensor that matches to follow a law: `normal(std=0.02)`, `zeros`,
  /// `kaiming_normal(fan_out)`.
  ///
  /// - Parameters:
  ///   - pattern: Of names; `*` stands for any characters.
  ///   - law: As in a scheme file.
  ///   - fileID: Of the place in the source that a failure names.
  ///   - filePath: Of that place.
  ///   - line: Of that place.
  ///   - column: Of that place.
  /// - Returns: Whether the expectation holds.
  @discardableResult
  public func expectLaw(
    of pattern: String, _ law: String, fileID: StaticString = #fileID, filePath: StaticString = #filePath,
    line: UInt = #line,
    column: UInt = #column
  ) -> Bool {
    let place = SourcePlace(fileID: fileID, filePath: filePath, line: line, column: column)
    do {
      let bound = WeightBound(TensorPattern(pattern), [], law: try DeclaredLaw(parsing: law))
      return judge(only(bound), "law of \(pattern)", place)
    } catch {
      place.report("law of \(pattern): \(error)")
      return false
    }
  }

  /// Bounds without the findings of rules.
  private func only(_ bound: WeightBound) -> WeightBounds {
    WeightBounds(falseAlarmRate: falseAlarmRate, bounds: [bound], rules: [(TensorPattern("*"), nil)])
  }

  private func judge(_ bounds: WeightBounds, _ expectation: String, _ place: SourcePlace) -> Bool {
    let result = bounds.check(report)
    guard !result.passes else { return true }
    var lines = [
      "\(expectation): \(result.violations.count) of \(max(result.comparisons, result.violations.count)) comparisons fail"
    ]
    for violation in result.violations.prefix(5) {
      lines.append("  \(violation.tensors.count > 1 ? "" : violation.tensor.map { "\($0): " } ?? "")\(violation.message)")
    }
    if result.violations.count > 5 { lines.append("  and \(result.violations.count - 5) more") }
    lines.append("  \(report.file); false-alarm rate \(MessageNumber.given(falseAlarmRate)) for all comparisons together")
    place.report(lines.joined(separator: "\n"))
    return false
  }
}
