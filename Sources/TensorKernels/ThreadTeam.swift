import COneDNN
import CTensorKernels
import Glibc
import Synchronization

/// A few threads that share the blocks of one piece of work after another, the caller's thread among them.
///
/// For work whose pieces are too short to start threads for each. Its threads have one OpenMP thread each and flush
/// subnormal numbers to zero, as `WorkerThreads` do. Blocks are handed out in order; how work is cut must not depend on the
/// number of threads, so that results are equal for any.
public final class ThreadTeam: @unchecked Sendable {
  /// The number of threads, the caller's included.
  public let size: Int

  // All of these are guarded by `mutex`, but for `next`, which threads raise without it.
  private var mutex = pthread_mutex_t()
  private var started = pthread_cond_t()
  private var finished = pthread_cond_t()
  private var work: ((Int) -> Void)?
  private var blocks = 0
  private var generation = 0
  private var working = 0
  private var isEnding = false
  private let next = Atomic(0)
  private var threads: [pthread_t] = []

  /// Starts the threads.
  ///
  /// - Parameter wanted: The number of threads, the caller's included. Fewer where the system refuses some.
  public init(size wanted: Int) {
    pthread_mutex_init(&mutex, nil)
    pthread_cond_init(&started, nil)
    pthread_cond_init(&finished, nil)
    var threads: [pthread_t] = []
    let box = TeamBox()
    for _ in 1..<max(1, wanted) {
      var thread = pthread_t()
      let status = pthread_create(
        &thread, nil,
        { raw in
          guard let raw else { return nil }
          Unmanaged<TeamBox>.fromOpaque(raw).takeRetainedValue().serve()
          return nil
        }, Unmanaged.passRetained(box).toOpaque())
      guard status == 0 else {
        Unmanaged.passUnretained(box).release()
        break
      }
      threads.append(thread)
    }
    size = threads.count + 1
    self.threads = threads
    box.open(self)
  }

  deinit {
    pthread_mutex_lock(&mutex)
    isEnding = true
    pthread_cond_broadcast(&started)
    pthread_mutex_unlock(&mutex)
    for thread in threads { pthread_join(thread, nil) }
    pthread_cond_destroy(&started)
    pthread_cond_destroy(&finished)
    pthread_mutex_destroy(&mutex)
  }

  /// Calls `body` for every block in `0 ..< blocks`, at the same time on all threads, and returns when all are done.
  ///
  /// It must not be called from within a block, nor from two threads at once.
  ///
  /// - Parameters:
  ///   - blocks: The number of blocks.
  ///   - body: Does one block.
  public func run(blocks: Int, _ body: (Int) -> Void) {
    guard size > 1, blocks > 1 else {
      for block in 0..<blocks { body(block) }
      return
    }
    withoutActuallyEscaping(body) { body in
      pthread_mutex_lock(&mutex)
      work = body
      self.blocks = blocks
      next.store(0, ordering: .relaxed)
      working = size - 1
      generation += 1
      pthread_cond_broadcast(&started)
      pthread_mutex_unlock(&mutex)
      take(blocks, body)
      pthread_mutex_lock(&mutex)
      while working > 0 { pthread_cond_wait(&finished, &mutex) }
      work = nil
      pthread_mutex_unlock(&mutex)
    }
  }

  private func take(_ blocks: Int, _ body: (Int) -> Void) {
    while true {
      let block = next.add(1, ordering: .relaxed).oldValue
      guard block < blocks else { return }
      body(block)
    }
  }

  /// Takes part in the current work. The caller of `run` checks that nobody holds its closure any more, so that this thread
  /// must have let go of it before it says that it is done: hence a function of its own.
  @inline(never)
  private func help(_ blocks: Int) {
    guard let work else { return }
    take(blocks, work)
  }

  /// What each thread does until the team ends. The team outlives it: `deinit` waits.
  fileprivate static func serve(_ team: Unmanaged<ThreadTeam>) {
    initscope_set_openmp_threads(1)
    _ = initscope_flush_denormals()
    var seen = 0
    while true {
      let ended: Bool = team._withUnsafeGuaranteedRef { team in
        pthread_mutex_lock(&team.mutex)
        while team.generation == seen && !team.isEnding { pthread_cond_wait(&team.started, &team.mutex) }
        if team.isEnding {
          pthread_mutex_unlock(&team.mutex)
          return true
        }
        seen = team.generation
        let blocks = team.blocks
        pthread_mutex_unlock(&team.mutex)
        team.help(blocks)
        pthread_mutex_lock(&team.mutex)
        team.working -= 1
        if team.working == 0 { pthread_cond_signal(&team.finished) }
        pthread_mutex_unlock(&team.mutex)
        return false
      }
      if ended { return }
    }
  }
}

/// Gives the team's threads the team once it is whole.
private final class TeamBox: @unchecked Sendable {
  private var mutex = pthread_mutex_t()
  private var opened = pthread_cond_t()
  private var team: Unmanaged<ThreadTeam>?

  init() {
    pthread_mutex_init(&mutex, nil)
    pthread_cond_init(&opened, nil)
  }

  deinit {
    pthread_cond_destroy(&opened)
    pthread_mutex_destroy(&mutex)
  }

  func open(_ team: ThreadTeam) {
    pthread_mutex_lock(&mutex)
    self.team = Unmanaged.passUnretained(team)
    pthread_cond_broadcast(&opened)
    pthread_mutex_unlock(&mutex)
  }

  func serve() {
    pthread_mutex_lock(&mutex)
    while team == nil { pthread_cond_wait(&opened, &mutex) }
    let team = team
    pthread_mutex_unlock(&mutex)
    if let team { ThreadTeam.serve(team) }
  }
}
