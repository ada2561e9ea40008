import DataSets
import Glibc
import TensorFiles
import TensorKernels

/// Measures one tensor in one pass over its blocks.
struct TensorMeasurer {
  /// The largest sample of a tensor, by which its law is told; smaller in files of thousands of tensors.
  static func sampleSize(tensors: Int) -> Int { tensors > 2000 ? 1 << 12 : 1 << 14 }
  /// How many of the first values are kept for a moment: whole small tensors, and the first rows of large ones.
  static let headSize = 1 << 16
  /// How many of them are kept for good.
  static let beginningSize = 256
  private static let runLength = 2048
  private static let mostRows = 1 << 22

  let entry: TensorEntry
  let role: TensorRole
  /// Rows whose size is wanted.
  var watchedRows: Set<Int> = []

  let rows: Int
  let columns: Int

  private let sampleSize: Int

  init(_ entry: TensorEntry, _ role: TensorRole, watchedRows: Set<Int> = [], sampleSize: Int = 1 << 14) {
    (self.entry, self.role, self.watchedRows, self.sampleSize) = (entry, role, watchedRows, sampleSize)
    // An expert's matrix is a row of experts; a convolution's row is what one output sums. Keras and Flax have outputs last.
    let isWindowed = role.kind == .convolution || role.kind == .transposedConvolution
    let isByColumns =
      entry.shape.count > 2 && role.layout == .inputsFirst && (isWindowed || entry.keras != nil && role.kind == .linear)
    rows = isByColumns ? entry.shape.dropLast().reduce(1, *) : entry.shape.count > 1 ? entry.shape[0] : 1
    columns = rows > 0 ? entry.count / max(1, rows) : 0
  }

  /// Reads the tensor and measures it.
  func measure(_ file: any TensorFile, _ index: Int, _ memory: BlockMemory) throws -> TensorStatistics {
    var pass = Pass(self)
    let element = entry.type.element, size = entry.type.size
    let wide = UnsafeMutableBufferPointer<Double>.allocate(capacity: Self.runLength)
    defer { wide.deallocate() }
    guard let start = wide.baseAddress else { return TensorStatistics() }
    try file.read(index, into: memory) { block in
      guard let bytes = block.baseAddress else { return }
      let count = block.count / size
      if entry.type == .float32 { pass.usedBits |= ValueSums.usedBits(bytes, count: count) }
      var place = 0
      while place < count {
        let run = min(Self.runLength, count - place)
        ValueSums.widen(bytes + place * size, element, count: run, to: start)
        pass.setApart(UnsafeMutableBufferPointer(start: start, count: run))
        pass.add(UnsafeBufferPointer(start: start, count: run))
        place += run
      }
    }
    return pass.statistics
  }

  /// What is gathered as blocks come.
  private struct Pass {
    let measurer: TensorMeasurer
    var sums = ValueSums()
    var usedBits: UInt32 = 0
    private var position = 0
    private var head: [Float] = []
    private var sample: [Float] = []
    private var nextSampled = 0
    private let step: Int
    /// Sums of d and d^2 of each row about the pivot; empty where rows are not told apart.
    private var rowSums: [(first: Double, second: Double)] = []
    private var rowPivot = 0.0
    /// The same for parts along an inner axis.
    private var partSums: [(count: Int, first: Double, second: Double)] = []
    private let partLength: Int
    /// Values far outside of all others, at whole numbers, and whether more are looked for.
    private var farValues: [Double] = []
    private var looksForFarValues: Bool
    /// Whole numbers that were none of those.
    private var nearValues = 0

    init(_ measurer: TensorMeasurer) {
      self.measurer = measurer
      let count = measurer.entry.count
      let kind = measurer.role.kind
      looksForFarValues = measurer.entry.type.isFloat && (kind.isWeight || Self.alsoDrawn.contains(kind))
      head.reserveCapacity(min(count, TensorMeasurer.headSize))
      sample.reserveCapacity(min(count, measurer.sampleSize))
      // A step that shares no factor with the columns, so that the sample meets all of them.
      var step = max(1, (count + measurer.sampleSize - 1) / measurer.sampleSize)
      while step > 1, Self.divisor(step, max(1, measurer.columns)) != 1 { step += 1 }
      self.step = step
      if measurer.rows > 1, measurer.columns >= 8, measurer.rows <= TensorMeasurer.mostRows {
        rowSums = .init(repeating: (0, 0), count: measurer.rows)
      }
      // Parts along the first axis follow from the rows.
      let role = measurer.role
      if let parts = role.parts, parts.axis > 0, measurer.entry.shape.count > parts.axis {
        let inner = measurer.entry.shape[parts.axis...].reduce(1, *)
        partLength = inner % parts.count == 0 ? inner / parts.count : 0
        partSums = partLength > 0 ? .init(repeating: (0, 0, 0), count: parts.count) : []
      } else {
        partLength = 0
      }
    }

    /// Roles that are drawn as weights are, beside them.
    private static let alsoDrawn: Set<TensorRole.Kind> = [.token, .relativeBias, .other]

    /// Takes out of a run the few values that PyTorch's trunc_normal_ leaves at bounds in absolute numbers.
    ///
    /// It maps a uniform float32 variable, and one in 2^24 of those is the end of its interval, whose normal quantile is
    /// infinite: it is cut to the bound, -2 by default, a hundred deviations of 0.02. One such value moves the deviation
    /// of 36,864 values by 13%. The first value of the tensor takes its place, which is a draw of the same law, so that no
    /// sum has to be mended. More of them than chance gives are left where they are.
    mutating func setApart(_ values: UnsafeMutableBufferPointer<Double>) {
      guard looksForFarValues else { return }
      var hits = 0
      for value in values {
        let size = abs(value)
        if size == 2 || size == 1 || size == 3 { hits &+= 1 }
      }
      guard hits > 0 else { return }
      var square = 0.0, count = 0, usual: Double?
      for value in values where value.isFinite && abs(value) != 1 && abs(value) != 2 && abs(value) != 3 {
        square += value * value
        count += 1
        usual = usual ?? value
      }
      // A last run may be short.
      if count < 64, let moments = sums.moments {
        (square, count) = (moments.variance + moments.mean * moments.mean, 1)
      } else if count < 64 {
        return
      }
      let limit = TensorStatistics.farthest * (square / Double(count)).squareRoot()
      guard limit > 0, let usual = sums.finite > 0 ? sums.origin : usual, abs(usual) < limit else { return }
      for place in values.indices where [1, 2, 3].contains(abs(values[place])) {
        guard abs(values[place]) > limit else {
          // A wide law in a coarse type: looking further takes time.
          nearValues += 1
          looksForFarValues = nearValues < 64
          continue
        }
        // Twice as many as one in 2^23 are beyond chance by far, and two may meet in a small tensor.
        guard farValues.count < 2 + measurer.entry.count >> 22 else {
          (farValues, looksForFarValues) = ([], false)
          return
        }
        farValues.append(values[place])
        values[place] = usual
      }
    }

    private static func divisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : divisor(b, a % b) }

    mutating func add(_ values: UnsafeBufferPointer<Double>) {
      if head.count < TensorMeasurer.headSize {
        for value in values.prefix(TensorMeasurer.headSize - head.count) { head.append(Float(value)) }
      }
      while nextSampled < position + values.count {
        let value = values[nextSampled - position]
        if value.isFinite { sample.append(Float(value)) }
        nextSampled += step
      }
      guard !rowSums.isEmpty || !partSums.isEmpty else {
        _ = sums.add(values)
        position += values.count
        return
      }
      var place = 0
      while place < values.count {
        let global = position + place
        let row = measurer.columns > 0 ? global / measurer.columns : 0
        var end = (row + 1) * measurer.columns
        if partLength > 0 { end = min(end, (global / partLength + 1) * partLength) }
        let run = min(values.count - place, end - global)
        let part = UnsafeBufferPointer(rebasing: values[place..<place + run])
        let own = sums.add(part)
        if !rowSums.isEmpty { rowSums[row] = (rowSums[row].first + own.first, rowSums[row].second + own.second) }
        if partLength > 0 {
          let index = global / partLength % partSums.count
          partSums[index].count += run
          partSums[index].first += own.first
          partSums[index].second += own.second
        }
        place += run
      }
      position += values.count
    }

    var statistics: TensorStatistics {
      var result = TensorStatistics()
      result.count = measurer.entry.count
      (result.finite, result.zeros, result.nans, result.infinities) = (sums.finite, sums.zeros, sums.nans, sums.infinities)
      (result.rows, result.columns) = (measurer.rows, measurer.columns)
      result.beginning = Array(head.prefix(TensorMeasurer.beginningSize))
      guard let moments = sums.moments else { return result }
      (result.mean, result.variance, result.kurtosis) = (moments.mean, moments.variance, moments.kurtosis)
      (result.least, result.greatest) = (sums.least ?? .nan, sums.greatest ?? .nan)
      result.leastMagnitude = sums.leastMagnitude
      result.farValues = farValues
      result.grid = grid(result)
      readRows(&result)
      orthogonality(&result)
      readParts(&result)
      RepetitionSearch(head: head, rowSums: rowSums, measurer: measurer, isVaried: !result.isConstant).write(to: &result)
      readPatterns(&result)
      readSample(&result)
      return result
    }

    /// bfloat16 uses the upper half of a float's bits, float16 ten of its fraction.
    private func grid(_ result: TensorStatistics) -> TensorElementType? {
      guard measurer.entry.type == .float32, result.count >= 64, result.zeros < result.count, !result.isConstant else {
        return nil
      }
      if usedBits & 0xFFFF == 0 { return .bfloat16 }
      return usedBits & 0x1FFF == 0 ? .float16 : nil
    }

    private func square(ofRow row: Int) -> Double {
      // sum x^2 from sums of d = x - pivot.
      let pivot = sums.origin, n = Double(measurer.columns)
      return max(0, rowSums[row].second + 2 * pivot * rowSums[row].first + n * pivot * pivot)
    }

    private func readRows(_ result: inout TensorStatistics) {
      guard !rowSums.isEmpty, result.nonFinite == 0, !result.isConstant else { return }
      let n = Double(measurer.columns), pivot = sums.origin
      for row in rowSums.indices {
        // A row of zeros: every d is -pivot, exactly.
        let isZero = pivot == 0 ? rowSums[row] == (0, 0) : abs(square(ofRow: row)) <= 1e-13 * n * pivot * pivot
        if isZero, result.zeros >= measurer.columns {
          result.zeroRows += 1
          if result.firstZeroRows.count < 8 { result.firstZeroRows.append(row) }
        }
      }
      if result.zeroRows * measurer.columns > result.zeros { (result.zeroRows, result.firstZeroRows) = (0, []) }
      for row in measurer.watchedRows where rowSums.indices.contains(row) {
        result.watchedRows[row] = result.firstZeroRows.contains(row) ? 0 : (square(ofRow: row) / n).squareRoot()
      }
      wideRows(&result)
    }

    /// Rows at the end that are all far larger than those before them: words that were added to a table, and drawn apart.
    private func wideRows(_ result: inout TensorStatistics) {
      let rows = measurer.rows
      guard rows >= 16, measurer.columns >= 16, measurer.role.experts == 1 else { return }
      let squares = rowSums.indices.map(square(ofRow:))
      // Nine times the square of the middle row is beyond chance for 16 values by far.
      let middle = squares.sorted()[rows / 2], limit = 9 * middle
      guard middle > 0, let last = squares.last, last > limit else { return }
      let start = (squares.lastIndex { $0 <= limit } ?? -1) + 1
      // Nowhere else, so that it is a block and not a law with long tails.
      guard start >= rows / 2, rows - start >= 2, !squares[..<start].contains(where: { $0 > limit }) else { return }
      let before = squares[..<start].reduce(0, +) / Double(start)
      let after = squares[start...].reduce(0, +) / Double(rows - start)
      result.wideRows = (start, (after / before).squareRoot())
    }

    /// Rows of equal length that are perpendicular, where rows are the fewer; else columns, where the whole tensor is at
    /// hand.
    private func orthogonality(_ result: inout TensorStatistics) {
      let (rows, columns) = (measurer.rows, measurer.columns)
      guard rows > 1, columns > 1, result.variance > 0, result.nonFinite == 0, !result.isConstant, measurer.role.experts == 1
      else { return }
      if rows <= columns, !rowSums.isEmpty {
        let squares = rowSums.indices.map(square(ofRow:))
        let mean = squares.reduce(0, +) / Double(rows)
        let largest = squares.reduce(0) { max($0, abs($1 - mean)) }
        // Float32 keeps seven digits of a row's length, bfloat16 two of each value, which average out.
        let tolerance = measurer.entry.type == .float32 || measurer.entry.type == .float64 ? 1e-4 : 1e-2
        guard largest < tolerance * mean, head.count >= 2 * columns else { return }
        var product = 0.0
        for column in 0..<columns { product += Double(head[column]) * Double(head[columns + column]) }
        result.isOrthogonal = abs(product) < tolerance * mean
      } else if head.count == result.count {
        // The first two of the fewer vectors: columns of a tall matrix, rows of a small one, whose rows are not summed.
        let (count, stride, next) = rows > columns ? (rows, columns, 1) : (columns, 1, columns)
        var (first, second, product) = (0.0, 0.0, 0.0)
        for place in 0..<count {
          let a = Double(head[place * stride]), b = Double(head[place * stride + next])
          (first, second, product) = (first + a * a, second + b * b, product + a * b)
        }
        // Columns of few values average out less: in coarse types each value is off by the last bit.
        let unit = pow(2, -Double(measurer.entry.type.fractionBits ?? 52))
        let tolerance = max(1e-4, 4 * unit / Double(count).squareRoot())
        result.isOrthogonal = abs(first - second) < tolerance * first && abs(product) < tolerance * first
      }
    }

    private func readParts(_ result: inout TensorStatistics) {
      guard let parts = measurer.role.parts ?? (measurer.role.experts > 1 ? (measurer.role.experts, 0) : nil) else { return }
      let pivot = sums.origin
      func moments(_ count: Int, _ first: Double, _ second: Double) -> PartMoments {
        let n = Double(max(1, count)), mean = first / n
        return PartMoments(count: count, mean: pivot + mean, variance: max(0, second / n - mean * mean))
      }
      if parts.axis > 0 {
        result.parts = partSums.map { moments($0.count, $0.first, $0.second) }
      } else if !rowSums.isEmpty, measurer.rows % parts.count == 0 {
        let length = measurer.rows / parts.count
        result.parts = (0..<parts.count).map { part in
          let own = rowSums[part * length..<(part + 1) * length]
          return moments(
            length * measurer.columns, own.reduce(0) { $0 + $1.first }, own.reduce(0) { $0 + $1.second })
        }
      }
    }

    private func readSample(_ result: inout TensorStatistics) {
      let sorted = sample.sorted()
      result.sample = sorted
      guard let low = sorted.first, let high = sorted.last, sorted.count > 8 else { return }
      let atLow = sorted.prefix { $0 == low }.count, atHigh = sorted.reversed().prefix { $0 == high }.count
      var longest = 1, run = 1
      for (a, b) in zip(sorted, sorted.dropFirst()) {
        run = a == b ? run + 1 : 1
        longest = max(longest, run)
      }
      result.largestTie = Double(longest) / Double(sorted.count)
      let distinct = zip(sorted, sorted.dropFirst()).reduce(1) { $0 + ($1.0 == $1.1 ? 0 : 1) }
      result.isFewValued =
        sorted.count >= 256 && distinct > 1 && distinct <= 16
        && (measurer.entry.type.fractionBits ?? 0) >= 7
      // The ends of a sample are those of the tensor only where they agree: else values of a coarse type repeat there by
      // rounding, and the tensor's own ends may occur but once.
      let isLow = atLow >= atHigh
      if low != high, isLow ? low == Float(result.least) : high == Float(result.greatest) {
        result.shareAtBounds = Double(max(atLow, atHigh)) / Double(sorted.count)
        result.tiedBound = Double(isLow ? low : high)
      }
      // A few numbers such as 0 and 1 lie on every grid.
      if distinct <= 16 { result.grid = nil }
      if result.count >= 9, result.count < 256, result.repetition == nil, (measurer.entry.type.fractionBits ?? 0) >= 23 {
        // Of a small filter, such as [1, 3, 3, 1] along both axes, values repeat that a draw has but once.
        let filled = sorted.filter { $0 != 0 }
        let own = Set(filled.map(\.bitPattern)).count
        result.isFewValued = result.isFewValued || own > 1 && filled.count >= 8 && own * 4 <= filled.count
      }
      result.looksLike = LawIdentification(result, measurer.entry).result
    }

    private func readPatterns(_ result: inout TensorStatistics) {
      guard result.nonFinite == 0, !head.isEmpty else { return }
      let width = measurer.entry.shape.last ?? 1
      if measurer.role.kind == .stateMatrix, width > 1, head.count >= width {
        let isInFirst = head.prefix(head.count / width * width).enumerated().allSatisfy { index, value in
          // Beside what the type rounds.
          let wanted = log(Double(index % width + 1))
          return abs(Double(value) - wanted) < 0.01 + wanted * pow(2, -Double(measurer.entry.type.fractionBits ?? 52))
        }
        let isRepeated =
          rowSums.isEmpty || rowSums.allSatisfy { abs($0.second - rowSums[0].second) <= 1e-6 * rowSums[0].second }
        result.isLogarithmsOfCounts = isInFirst && isRepeated && abs(result.greatest - log(Double(width))) < 0.02
      }
      if measurer.role.kind == .frequencies, head.count == result.count, head.count > 1 {
        // 1 first, each below the one before, none at or below 0: scaled variants fall unevenly, but they fall.
        let falls = zip(head, head.dropFirst()).allSatisfy { $0 > $1 && $1 > 0 }
        result.isFrequencies = falls && abs(head[0] - 1) < 0.01
      }
      result.isSinusoidal = isSinusoidal(result)
      readZeros(&result)
      if measurer.role.kind == .bias, head.count == result.count, head.count > 0, head.count % 4 == 0 {
        let length = head.count / 4
        result.quarters = (0..<4).map { quarter in
          let own = head[quarter * length..<(quarter + 1) * length], first = own[quarter * length]
          return own.allSatisfy { $0 == first } ? Double(first) : nil
        }
      }
      let least = min(measurer.rows, measurer.columns)
      if measurer.rows > 1, result.zeros == result.count - least, result.least == 0, result.greatest > 0,
        abs(
          result.variance + result.mean * result.mean - result.greatest * result.greatest * Double(least)
            / Double(result.count))
          < 1e-6 * result.greatest * result.greatest
      {
        result.isIdentity = true
        // As far as the tensor is at hand.
        let isOnDiagonal = (0..<least).allSatisfy { row in
          let place = row * measurer.columns + row
          return place >= head.count || head[place] == Float(result.greatest)
        }
        result.isUnitDiagonal = isOnDiagonal && result.greatest == 1
      }
    }

    /// Each row of a position table by Vaswani et al. (2017) holds sines and cosines of the same angles, in whatever order:
    /// of d values the squares sum to d/2 times the square of the amplitude, which cos 0 reaches. A row of zeros stands for
    /// padding or a class token. The squares of a row of drawn values scatter by sqrt(2/d) of their sum, and no two rows
    /// agree.
    private func isSinusoidal(_ result: TensorStatistics) -> Bool {
      let amplitude = result.greatest, shape = measurer.entry.shape
      // The axis of the angles is the last one, or, where positions are last, the one before.
      guard shape.count >= 2, let width = shape.last, width >= 1, amplitude > 0, !result.isConstant,
        result.least >= -amplitude * 1.001
      else { return false }
      let tolerance = (measurer.entry.type.fractionBits ?? 0) >= 23 ? 1e-4 : 1e-2
      func agrees(_ sums: [(square: Double, width: Int)]) -> Bool {
        let filled = sums.filter { $0.square > 0 }
        return filled.count >= 4 && sums.count - filled.count <= 1
          && filled.allSatisfy { abs($0.square / (Double($0.width / 2) * Double(amplitude * amplitude)) - 1) < tolerance }
      }
      if width >= 4 {
        let rows = stride(from: 0, through: head.count - width, by: width).map { start in
          (head[start..<start + width].reduce(0) { $0 + Double($1) * Double($1) }, width)
        }
        if agrees(rows) { return true }
      }
      // Positions with a batch axis between or behind: [positions, 1, width] and [1, width, positions].
      let depth = shape.dropLast().last { $0 > 1 } ?? 1
      guard head.count == result.count, depth >= 4, width > 1, head.count == depth * width else { return false }
      return agrees(
        (0..<width).map { column in
          ((0..<depth).reduce(0) { $0 + Double(head[$1 * width + column]) * Double(head[$1 * width + column]) }, depth)
        })
    }

    /// Where zeros lie: a part that was never filled is whole columns, or a run.
    private func readZeros(_ result: inout TensorStatistics) {
      guard result.zeros > 0, result.zeros < result.count else { return }
      var run = 0
      for value in head {
        run = value == 0 ? run + 1 : 0
        result.longestZeroRun = max(result.longestZeroRun, run)
      }
      let width = measurer.columns, rows = width > 0 ? head.count / width : 0
      guard rows >= 8 else { return }
      result.zeroColumns = (0..<width).count { column in (0..<rows).allSatisfy { head[$0 * width + column] == 0 } }
    }
  }
}
