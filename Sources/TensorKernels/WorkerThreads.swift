import COneDNN
import CTensorKernels
import Glibc
import Synchronization

/// Runs jobs on separate threads, each with one OpenMP thread and with subnormal numbers flushed to zero.
///
/// No job runs on the caller's thread, whose floating-point environment and OpenMP team stay as they were. (An OpenMP
/// worker that already runs would ignore a flush that is set later; hence no OpenMP teams.)
public enum WorkerThreads {
  private static let stackBytes = 8 << 20

  /// Calls `body(job, state)` for every job in `0..<count`, in no particular order, on at most `workers` threads; fewer
  /// where memory is limited.
  ///
  /// `makeState` runs once on each thread; what it returns is that thread's alone. The first error wins and stops the rest.
  /// `threadsEach` is the OpenMP team of each worker: 1 wherever results must not depend on their number. `meanwhile` runs
  /// on the caller's thread as the workers work; its result is returned when they have ended. Its error stops them and is
  /// thrown before any of theirs.
  @discardableResult
  public static func run<State, Own>(
    count: Int, workers: Int, threadsEach: Int = 1, makeState: @escaping @Sendable () -> State,
    meanwhile: () throws -> Own = {}, body: @escaping @Sendable (Int, State) throws -> Void
  ) throws -> Own {
    precondition(workers > 0, "at least one worker is needed, got \(workers)")
    guard count > 0 else { return try meanwhile() }
    let workers = try KernelLibrary.multiplyingThreads(min(workers, count))
    // If it cannot start its team, the OpenMP library ends the process.
    guard threadsEach == 1 || AddressSpace.canMap(workers * threadsEach * stackBytes) else { throw ThreadsUnavailable() }
    let shared = SharedProgress()
    let work: @Sendable () -> Void = {
      initscope_set_openmp_threads(Int32(threadsEach))
      _ = initscope_flush_denormals()
      let state = makeState()
      while let job = shared.next(below: count) {
        do {
          try body(job, state)
        } catch {
          shared.fail(error)
        }
      }
    }
    var threads: [pthread_t] = []
    for _ in 0..<min(workers, count) {
      var attributes = pthread_attr_t()
      pthread_attr_init(&attributes)
      pthread_attr_setstacksize(&attributes, stackBytes)
      var thread = pthread_t()
      let boxed = Unmanaged.passRetained(ThreadWork(work))
      let status = pthread_create(
        &thread, &attributes,
        { raw in
          guard let raw else { return nil }
          Unmanaged<ThreadWork>.fromOpaque(raw).takeRetainedValue().body()
          return nil
        }, boxed.toOpaque())
      pthread_attr_destroy(&attributes)
      guard status == 0 else {
        boxed.release()
        break
      }
      threads.append(thread)
    }
    guard !threads.isEmpty else { throw ThreadsUnavailable() }
    let own = Result { try meanwhile() }
    // Nobody will ask for the remaining jobs.
    if case .failure(let error) = own { shared.fail(error) }
    for thread in threads { pthread_join(thread, nil) }
    if case .success = own, let error = shared.failure { throw error }
    return try own.get()
  }
}

extension WorkerThreads {
  /// The values of `body(job, state)` for every job in `0..<count`, in the order of the jobs, and what `meanwhile` returned.
  ///
  /// - Throws: As `run` does, and what `body` and `meanwhile` throw.
  public static func map<State, Value: Sendable, Own>(
    count: Int, workers: Int, threadsEach: Int = 1, makeState: @escaping @Sendable () -> State, meanwhile: () throws -> Own,
    body: @escaping @Sendable (Int, State) throws -> Value
  ) throws -> (values: [Value], own: Own) {
    let values = Mutex([Value?](repeating: nil, count: count))
    let own = try run(
      count: count, workers: workers, threadsEach: threadsEach, makeState: makeState, meanwhile: meanwhile
    ) { job, state in
      let value = try body(job, state)
      values.withLock { $0[job] = value }
    }
    return (values.withLock { $0.compactMap(\.self) }, own)
  }

  /// The values of `body(job, state)` for every job in `0..<count`, in the order of the jobs.
  public static func map<State, Value: Sendable>(
    count: Int, workers: Int, threadsEach: Int = 1, makeState: @escaping @Sendable () -> State,
    body: @escaping @Sendable (Int, State) throws -> Value
  ) throws -> [Value] {
    try map(
      count: count, workers: workers, threadsEach: threadsEach, makeState: makeState, meanwhile: {}, body: body
    ).values
  }
}

/// The error that the system refused to start a thread.
public struct ThreadsUnavailable: Error, Sendable, CustomStringConvertible {
  public var description: String {
    let memory = AddressSpace.limitText.map { " or of memory (\($0))" } ?? ""
    return
      "the system refused to start a worker thread. Raise the limit of processes (ulimit -u)\(memory), or lower --threads"
  }
}

private final class ThreadWork: Sendable {
  let body: @Sendable () -> Void
  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

private final class SharedProgress: Sendable {
  private let taken = Mutex(0)
  private let error = Mutex<(any Error)?>(nil)

  var failure: (any Error)? { error.withLock { $0 } }

  func next(below count: Int) -> Int? {
    if failure != nil { return nil }
    return taken.withLock { taken in
      guard taken < count else { return nil }
      taken += 1
      return taken - 1
    }
  }

  func fail(_ failure: any Error) { error.withLock { $0 = $0 ?? failure } }
}
