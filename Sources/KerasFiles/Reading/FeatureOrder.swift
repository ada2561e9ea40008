/// In which order a vector of features has its values here and in Keras.
///
/// Images are channels x height x width here and, where Keras has its channels last, height x width x channels there. A
/// flatten layer keeps each order, so that the weights behind it are permuted.
enum FeatureOrder: Equatable {
  /// The same order.
  case same
  /// Pieces one behind another, of which images have another order.
  case pieces([Piece])

  enum Piece: Equatable {
    case plain(Int)
    case image(channels: Int, height: Int, width: Int)

    var count: Int {
      switch self {
      case .plain(let count): count
      case .image(let channels, let height, let width): channels * height * width
      }
    }
  }

  /// The order of vectors one behind another, each with its number of values.
  static func joined(_ parts: [(order: FeatureOrder, count: Int)]) -> FeatureOrder {
    if parts.allSatisfy({ $0.order == .same }) { return .same }
    return .pieces(
      parts.flatMap { order, count in
        switch order {
        case .same: [Piece.plain(count)]
        case .pieces(let pieces): pieces
        }
      })
  }

  /// For each place here the place in Keras; nil where the order is the same.
  var places: [Int]? {
    guard case .pieces(let pieces) = self else { return nil }
    var places: [Int] = []
    places.reserveCapacity(pieces.reduce(0) { $0 + $1.count })
    var start = 0
    for piece in pieces {
      switch piece {
      case .plain(let count): places += start..<start + count
      case .image(let channels, let height, let width):
        for channel in 0..<channels {
          for position in 0..<height * width { places.append(start + position * channels + channel) }
        }
      }
      start += piece.count
    }
    return places
  }
}
