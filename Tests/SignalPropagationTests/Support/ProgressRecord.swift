import Synchronization

/// The largest progress that was reported.
final class ProgressRecord: Sendable {
  private let state = Mutex((largest: 0, total: 0))
  func note(_ done: Int, _ total: Int) {
    state.withLock {
      $0.largest = max($0.largest, done)
      $0.total = total
    }
  }
  var largest: Int { state.withLock(\.largest) }
  var total: Int { state.withLock(\.total) }
}
