import DataSets
import TensorKernels

/// How many samples of a set are held out.
public enum HeldOut: Sendable, Hashable {
  case samples(Int)
  /// A fraction within 0..<1, rounded to the nearest number of samples.
  case fraction(Double)

  func count(of all: Int) -> Int {
    switch self {
    case .samples(let count): count
    case .fraction(let fraction): Int((fraction * Double(all)).rounded())
    }
  }
}

extension TrainingData {
  /// The default size of a validation set: the most samples, and the share of a small set.
  public static let defaultValidation = (samples: 5_000, fraction: 0.1)
  /// The default size of a test set for data that have none: the most samples, and the share of a small set.
  public static let defaultTest = (samples: 10_000, fraction: 1.0 / 6)

  /// Scales a set and splits off validation and test samples. They are drawn from `seed`, since files are often sorted by
  /// class.
  ///
  /// - Parameters:
  ///   - set: What may be learnt from.
  ///   - test: What the set brings to be tested on; without it a part is set apart (`defaultTest`).
  ///   - validation: Of what remains then; nil for `defaultValidation`.
  ///   - scaling: How stored values become inputs.
  ///   - seed: Chooses which samples are held out.
  ///   - prefersQuantities: Of a set that has classes and quantities, whether the quantities are learnt.
  /// - Throws: `TrainingMismatch` where nothing would remain to train on.
  public init(
    _ set: any SampleSet, test: (any SampleSet)? = nil, validation: HeldOut? = nil, scaling: Scaling, seed: UInt64,
    prefersQuantities: Bool = false
  ) throws(TrainingMismatch) {
    let order = RandomStream(seed: seed, replica: 0, node: "held out", tensor: .order).order(set.count)
    let share = HeldOut.fraction(Self.defaultTest.fraction).count(of: set.count)
    let tested = test != nil ? 0 : min(Self.defaultTest.samples, share)
    let rest = set.count - tested
    let validated =
      validation?.count(of: rest)
      ?? min(Self.defaultValidation.samples, HeldOut.fraction(Self.defaultValidation.fraction).count(of: rest))
    guard validated < rest else {
      throw TrainingMismatch(
        message: "\(set.name) has \(rest) samples to train on, and \(validated) of them are to be held out for validation",
        hint: "Hold out fewer samples (--validation), or choose a larger set")
    }
    func table(_ places: ArraySlice<Int>) -> SampleTable? {
      // In the set's own order, as when all of it is read.
      places.isEmpty
        ? nil
        : SampleTable(
          set, indices: places.sorted(), scaling: scaling, prefersQuantities: prefersQuantities)
    }
    guard let training = table(order[(tested + validated)...]) else {
      throw TrainingMismatch(message: "\(set.name) has no samples to train on", hint: "Choose a larger set")
    }
    self.init(
      name: set.name, training: training, validation: table(order[tested..<(tested + validated)]),
      test: test.map { SampleTable($0, scaling: scaling, prefersQuantities: prefersQuantities) } ?? table(order[..<tested]))
    self.scaling = scaling
  }
}
