import Glibc
import Synchronization
import TensorKernels
import Testing

/// Jobs on threads of their own.
@Suite struct WorkerThreadsTests {
  private struct Failure: Error, Equatable { var job: Int }

  @Test(arguments: [1, 2, 5])
  func everyJobRunsOnceWithItsThreadsState(workers: Int) throws {
    let runs = Mutex([Int](repeating: 0, count: 40)), states = Mutex(0)
    try WorkerThreads.run(
      count: 40, workers: workers,
      makeState: {
        states.withLock {
          $0 += 1; return $0
        }
      }
    ) { job, state in
      #expect(state >= 1 && state <= workers)
      runs.withLock { $0[job] += 1 }
    }
    #expect(runs.withLock { $0 } == [Int](repeating: 1, count: 40))
    #expect(states.withLock { $0 } == workers)
  }

  @Test func noMoreThreadsThanJobs() throws {
    let states = Mutex(0)
    try WorkerThreads.run(count: 2, workers: 8, makeState: { states.withLock { $0 += 1 } }) { _, _ in }
    #expect(states.withLock { $0 } == 2)
    try WorkerThreads.run(count: 0, workers: 2, makeState: {}) { _, _ in Issue.record("there is no job") }
  }

  @Test func theFirstErrorStopsTheRest() {
    let done = Mutex(0)
    #expect(throws: Failure(job: 3)) {
      try WorkerThreads.run(count: 1000, workers: 1, makeState: {}) { job, _ in
        if job == 3 { throw Failure(job: job) }
        done.withLock { $0 += 1 }
      }
    }
    #expect(done.withLock { $0 } == 3)
  }

  @Test func whatRunsMeanwhileIsTheCallersAndItsErrorStopsTheRest() throws {
    let own = pthread_self()
    var seen: pthread_t?
    try WorkerThreads.run(count: 2, workers: 2, makeState: {}, meanwhile: { seen = pthread_self() }) { _, _ in
      #expect(pthread_self() != own)
    }
    #expect(seen == own)
    let done = Mutex(0)
    #expect(throws: Failure(job: -1)) {
      try WorkerThreads.run(count: 10_000, workers: 2, makeState: {}, meanwhile: { throw Failure(job: -1) }) { _, _ in
        done.withLock { $0 += 1 }
        usleep(1000)
      }
    }
    // Ten seconds of jobs that nobody waits for any more.
    #expect(done.withLock { $0 } < 10_000)
    var runs = 0
    try WorkerThreads.run(count: 0, workers: 2, makeState: {}, meanwhile: { runs += 1 }) { _, _ in }
    #expect(runs == 1)
  }

  @Test(arguments: [1, 2, 5])
  func mappedValuesStandInTheOrderOfTheirJobs(workers: Int) throws {
    let squares = try WorkerThreads.map(count: 40, workers: workers, makeState: {}) { job, _ in
      // Early jobs end late.
      usleep(UInt32(40 - job) * 50)
      return job * job
    }
    #expect(squares == (0..<40).map { $0 * $0 })
    let (values, own) = try WorkerThreads.map(
      count: 3, workers: workers, makeState: { 10 }, meanwhile: { "own" }, body: { $0 + $1 })
    #expect(values == [10, 11, 12] && own == "own")
    #expect(try WorkerThreads.map(count: 0, workers: workers, makeState: {}) { job, _ in job } == [])
    #expect(throws: Failure(job: 3)) {
      try WorkerThreads.map(count: 5, workers: workers, makeState: {}) { job, _ in
        if job == 3 { throw Failure(job: job) }
        return job
      }
    }
  }

  @Test func warmingUpPassesOnWhatItsBodyMakes() throws {
    #expect(try KernelLibrary.warmingUp { 7 } == 7)
    #expect(throws: Failure(job: 2)) { try KernelLibrary.warmingUp { throw Failure(job: 2) } }
  }

  /// Halving the least normal Float: the workers flush the result, the caller keeps it.
  @Test func workersFlushSubnormalsAndTheCallerDoesNot() throws {
    let halves = Mutex([Float]())
    let least = Mutex(Float.leastNormalMagnitude)
    try WorkerThreads.run(count: 4, workers: 2, makeState: {}) { _, _ in
      let half = least.withLock { $0 } * 0.5
      halves.withLock { $0.append(half) }
    }
    #expect(halves.withLock { $0 } == [0, 0, 0, 0])
    let own = least.withLock { $0 } * 0.5
    #expect(own.bitPattern == Float.leastNormalMagnitude.bitPattern >> 1)
  }
}
