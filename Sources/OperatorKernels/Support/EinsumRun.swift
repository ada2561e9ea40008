import NetworkGraph
import TensorKernels

/// Contracts tensors two by two: axes are brought into the order that a batch of matrix products needs.
///
/// Without memory it only counts how much a run needs.
struct EinsumRun {
  /// A tensor with a label per axis; labels do not repeat.
  struct Tensor {
    var data: UnsafePointer<Float>?
    var labels: [Int]
    var strides: [Int]
  }

  let extents: [Int: Int]
  /// nil to count only.
  private let workspace: UnsafeMutablePointer<Float>?
  private(set) var used = 0
  private let team: any OperatorTeam

  init(extents: [Int: Int], workspace: UnsafeMutablePointer<Float>?, team: any OperatorTeam) {
    self.extents = extents
    self.workspace = workspace
    self.team = team
  }

  private func extent(_ label: Int) -> Int { extents[label] ?? 1 }
  private func count(_ labels: [Int]) -> Int { labels.reduce(1) { $0 * extent($1) } }

  private mutating func take(_ count: Int) -> UnsafeMutablePointer<Float>? {
    defer { used += count }
    return workspace.map { $0 + used }
  }

  private func strides(_ labels: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: labels.count), next = 1
    for axis in labels.indices.reversed() {
      strides[axis] = next
      next *= max(1, extent(labels[axis]))
    }
    return strides
  }

  /// An operand as it is stored: repeated labels become one axis along the diagonal, extents of 1 that others repeat none.
  static func operand(
    _ data: UnsafePointer<Float>?, _ labels: [Int], _ shape: TensorShape, extents: [Int: Int]
  ) -> Tensor {
    var tensor = Tensor(data: data, labels: [], strides: [])
    for (axis, label) in labels.enumerated() where !(shape[axis] == 1 && extents[label] != 1) {
      if let place = tensor.labels.firstIndex(of: label) {
        tensor.strides[place] += shape.strides[axis]
      } else {
        tensor.labels.append(label)
        tensor.strides.append(shape.strides[axis])
      }
    }
    return tensor
  }

  /// The tensor in an order of axes, contiguous, summed over all others; copied only where it must be.
  private mutating func arranged(_ tensor: Tensor, _ order: [Int]) -> Tensor {
    let copy = copy(tensor, order)
    if copy.isPlain, tensor.labels.count == order.count {
      return Tensor(data: tensor.data, labels: order, strides: strides(order))
    }
    let target = take(count(order))
    if let target, let data = tensor.data, count(order) > 0 { copy.run(data, into: target, team: team) }
    return Tensor(data: target.map { UnsafePointer($0) }, labels: order, strides: strides(order))
  }

  private func copy(_ tensor: Tensor, _ order: [Int]) -> StridedCopy {
    let target = strides(order)
    func stride(_ label: Int) -> Int {
      tensor.labels.firstIndex(of: label).map { tensor.strides[$0] } ?? 0
    }
    return StridedCopy(
      order.enumerated().map { StridedCopy.Axis(extent: extent($1), source: stride($1), target: target[$0]) },
      summing: tensor.labels.filter { !order.contains($0) }.map {
        StridedCopy.Axis(extent: extent($0), source: stride($0), target: 0)
      })
  }

  /// Whether a tensor lies in an order already.
  private func lies(_ tensor: Tensor, in order: [Int]) -> Bool {
    tensor.labels.count == order.count && copy(tensor, order).isPlain
  }

  /// The product of two tensors, summed over labels that nobody needs any more.
  private mutating func product(_ a: Tensor, _ b: Tensor, needed: Set<Int>) -> Tensor {
    let shared = a.labels.filter { b.labels.contains($0) }
    let batch = shared.filter { needed.contains($0) }, inner = shared.filter { !needed.contains($0) }
    let left = a.labels.filter { !b.labels.contains($0) && needed.contains($0) }
    let right = b.labels.filter { !a.labels.contains($0) && needed.contains($0) }
    let (products, m, n, k) = (count(batch), count(left), count(right), count(inner))
    let labels = batch + left + right
    // Either order of the last axes will do for a product; the one in which a tensor lies needs no copy.
    let transposesA = !lies(a, in: batch + left + inner) && lies(a, in: batch + inner + left)
    let transposesB = !lies(b, in: batch + inner + right) && lies(b, in: batch + right + inner)
    let first = arranged(a, transposesA ? batch + inner + left : batch + left + inner)
    let second = arranged(b, transposesB ? batch + right + inner : batch + inner + right)
    let target = take(products * m * n)
    if let target, let x = first.data, let y = second.data, products * m * n > 0 {
      if k == 1 {
        outer(products, m, n, x, y, into: target)
      } else {
        BatchedProduct.products(
          products, m: m, n: n, k: k, alpha: 1, x, transposesA, stride: m * k, y, transposesB, stride: k * n,
          into: target, team: team)
      }
    }
    return Tensor(data: target.map { UnsafePointer($0) }, labels: labels, strides: strides(labels))
  }

  /// Products of columns and rows, with nothing to sum.
  private func outer(
    _ products: Int, _ m: Int, _ n: Int, _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>,
    into z: UnsafeMutablePointer<Float>
  ) {
    team.split(products, grain: max(1, (1 << 14) / max(1, m * n))) { range in
      for product in range {
        for row in 0..<m {
          let factor = x[product * m + row], target = z + (product * m + row) * n, source = y + product * n
          for column in 0..<n { target[column] = factor * source[column] }
        }
      }
    }
  }

  /// Contracts all tensors.
  ///
  /// - Parameters:
  ///   - tensors: At least one.
  ///   - result: Labels of the result.
  /// - Returns: The result, with its labels in some order, and without those that no tensor has.
  mutating func contract(_ tensors: [Tensor], to result: [Int]) -> Tensor {
    var current = tensors[0]
    for place in 1..<max(1, tensors.count) {
      let needed = Set(result).union(tensors[(place + 1)...].flatMap(\.labels))
      current = product(current, tensors[place], needed: needed)
    }
    return current
  }

  /// Writes a tensor to its final place: axes that it lacks are repeated.
  func write(_ tensor: Tensor, to labels: [Int], strides: [Int], into target: UnsafeMutablePointer<Float>) {
    guard let data = tensor.data else { return }
    func stride(_ label: Int) -> Int { tensor.labels.firstIndex(of: label).map { tensor.strides[$0] } ?? 0 }
    StridedCopy(
      labels.enumerated().map { StridedCopy.Axis(extent: extent($1), source: stride($1), target: strides[$0]) },
      summing: tensor.labels.filter { !labels.contains($0) }.map {
        StridedCopy.Axis(extent: extent($0), source: stride($0), target: 0)
      }
    ).run(data, into: target, team: team)
  }

  func contiguous(_ labels: [Int]) -> [Int] { strides(labels) }
}
